"""Tables: the clinic's own versions of the questions, who approved which, what is switched."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base, PublicId


class QuestionnaireVersion(PublicId, Base):
    """A version the owner loaded: FHIR R4 `Questionnaire` JSON, checked before it came here.

    The one with the latest `used_since` is in use; without any, the shipped one is.
    """

    __tablename__ = "questionnaire_version"
    version: Mapped[str] = mapped_column(unique=True)
    content: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    used_since: Mapped[datetime | None]


class QuestionnaireApproval(Base):
    """A named clinical lead approved a version; the latest for a version counts."""

    __tablename__ = "questionnaire_approval"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(index=True)
    lead: Mapped[str]
    qualification: Mapped[str]
    approved_on: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class QuestionSwitch(Base):
    """A question the clinic does not ask though it may be, or asks though it is off by default."""

    __tablename__ = "question_switch"
    link_id: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[bool]
