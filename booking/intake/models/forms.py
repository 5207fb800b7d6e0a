"""Tables: forms, versions of answers, flags, decisions, questions asked back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.appointments.models import Appointment
from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson
from booking.intake.rules.flags import Severity as Severity
from booking.intake.rules.review import Choice as Choice
from booking.intake.rules.review import FormState as FormState


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class IntakeForm(PublicId, Base):
    """The questions before one visit, and where their review stands."""

    __tablename__ = "intake_form"
    __table_args__ = (Index("ix_intake_form_queue", "state", "appointment_id"),)
    owner_id: Mapped[UUID]  # the patient's public id: whose data key seals what belongs to it
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), unique=True)
    questionnaire_version: Mapped[str]
    rules_version: Mapped[str | None]  # of the rules that were asked last
    state: Mapped[FormState] = mapped_column(
        Enum(FormState, values_callable=_values, native_enum=False), default=FormState.DRAFT
    )
    created_at: Mapped[datetime]
    first_answer_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claimed_at: Mapped[datetime | None]
    reception_done_at: Mapped[datetime | None]
    reception_done_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    appointment: Mapped[Appointment] = relationship()


class LaterForm(Base):
    """A form that builds on the one before an earlier visit: only what goes stale is asked."""

    __tablename__ = "later_form"
    __table_args__ = (CheckConstraint("form_id > earlier_id", name="order"),)
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"), primary_key=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"), index=True)


class Way(StrEnum):
    """How she gave answers that staff typed."""

    PHONE = "phone"
    PAPER = "paper"
    VISIT = "visit"


class TypedForm(Base):
    """Staff typed this form for her; it is marked so until she confirms it.

    `confirmed_by` is "patient", or "user:<id>" of who went through it with her at the visit.
    """

    __tablename__ = "typed_form"
    __table_args__ = (
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed"),
    )
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"), primary_key=True)
    way: Mapped[Way] = mapped_column(Enum(Way, values_callable=_values, native_enum=False))
    typed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    typed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]


class AnswersVersion(PublicId, Base):
    """All answers as they stood after one save, sealed, as a FHIR QuestionnaireResponse."""

    __tablename__ = "answers_version"
    __table_args__ = (UniqueConstraint("form_id", "number"),)
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"))
    owner_id: Mapped[UUID]
    number: Mapped[int]  # 1, 2, …
    questionnaire_version: Mapped[str]
    response_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]  # "patient", or "user:<id>"

    response = SealedJson("response_sealed")


class FormBrowser(Base):
    """A browser that answered some of a form, or knew the code of one that did.

    It sees the pages given in it, and those given in the browser it joined by that one's code.
    """

    __tablename__ = "form_browser"
    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    joined_id: Mapped[int | None] = mapped_column(ForeignKey("form_browser.id"))
    code_hash: Mapped[bytes | None]  # keyed; of the newest code shown in it
    created_at: Mapped[datetime]

    @property
    def circle(self) -> int:
        """Under which id the pages saved in it are kept: its own, or that of the one it joined."""
        return self.joined_id or self.id

    @property
    def circles(self) -> frozenset[int]:
        """The ids whose pages it sees."""
        return frozenset({self.id, self.circle})


class Flag(PublicId, Base):
    """A rule that fired on a form: what a human should see, with the answer that raised it."""

    __tablename__ = "flag"
    __table_args__ = (
        UniqueConstraint("form_id", "rule_id"),
        Index(
            "ix_flag_open",
            "severity",
            "form_id",
            sqlite_where=text("cleared_at IS NULL AND handled_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL AND handled_at IS NULL"),
        ),
    )
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"))
    owner_id: Mapped[UUID]
    rule_id: Mapped[str]
    rule_version: Mapped[str]
    severity: Mapped[Severity] = mapped_column(
        Enum(Severity, values_callable=_values, native_enum=False)
    )
    quote_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]  # the answer changed and the rule no longer fires
    handled_at: Mapped[datetime | None]  # reception has rung (urgent flags)
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    quote = SealedJson("quote_sealed")


class Decision(PublicId, Base):
    """What the practitioner decided on one flag, and why (sealed). Never changed, only added."""

    __tablename__ = "decision"
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    owner_id: Mapped[UUID]
    choice: Mapped[Choice] = mapped_column(Enum(Choice, values_callable=_values, native_enum=False))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]

    note = SealedJson("note_sealed")


class Question(PublicId, Base):
    """One question of the form that the clinic asked the patient to answer again."""

    __tablename__ = "question"
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"), index=True)
    link_id: Mapped[str]  # of the questionnaire
    asked_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
