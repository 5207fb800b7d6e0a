"""Tables: what she read and permitted, word for word, and what was agreed at each visit."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.core.db import Base, PublicId
from booking.intake.rules.consents import ConsentKind as ConsentKind
from booking.intake.rules.consents import Given as Given
from booking.intake.rules.consents import Outcome as Outcome
from booking.intake.rules.consents import Through as Through
from booking.intake.rules.consents import Topic as Topic


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class ConsentText(Base):
    """A text as it was shown, kept once under its SHA-256 (hex). The database lets none change."""

    __tablename__ = "consent_text"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Consent(PublicId, Base):
    """One thing she read, allowed, declined or took back. Added, never changed.

    The latest of a kind counts. `recorded_by` is who noted it for her, None where she did it
    herself. `text_version` is that of the questions it was shown with.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(
            "(recorded_by IS NULL) = (through IN ('link', 'signed-in'))", name="by_whom"
        ),
    )
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    kind: Mapped[ConsentKind] = mapped_column(
        Enum(ConsentKind, values_callable=_values, native_enum=False)
    )
    given: Mapped[Given] = mapped_column(Enum(Given, values_callable=_values, native_enum=False))
    text_version: Mapped[str]
    text_sha256: Mapped[str] = mapped_column(ForeignKey("consent_text.sha256"))
    at: Mapped[datetime]
    through: Mapped[Through] = mapped_column(
        Enum(Through, values_callable=_values, native_enum=False)
    )
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    text: Mapped[ConsentText] = relationship()


class VisitLine(PublicId, Base):
    """What came of offering treatment, or company, at one visit. Added, never changed."""

    __tablename__ = "visit_line"
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    topic: Mapped[Topic] = mapped_column(Enum(Topic, values_callable=_values, native_enum=False))
    outcome: Mapped[Outcome] = mapped_column(
        Enum(Outcome, values_callable=_values, native_enum=False)
    )
    noted_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    noted_at: Mapped[datetime]
