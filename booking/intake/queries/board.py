"""What the day board and the desk are told of forms: whom to ring, and a word on each visit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.core.errors import N_
from booking.intake.models import FormState, IntakeForm
from booking.intake.queries.answers import earlier_than, form_of, last_sent_beside
from booking.intake.queries.queue import to_ring
from booking.intake.queries.standing import standings
from booking.intake.rules.review import Standing, ring_wanted


@dataclass(frozen=True)
class Badge:
    """A word for the day board: `kind` is a flag shape, `text` an untranslated word or two."""

    kind: str
    text: str


@dataclass(frozen=True)
class Call:
    """Somebody to ring now, and the visit whose page says what to say."""

    name: str
    public_id: UUID


def calls_now() -> list[Call]:
    """Whom the desk has to ring now, as little as the board needs to know."""
    return [Call(name, public_id) for name, public_id in to_ring()]


_FORMS = select(IntakeForm.appointment_id, IntakeForm.id, IntakeForm.state).where(
    IntakeForm.appointment_id.in_(bindparam("visits", expanding=True))
)


def badges_for(appointment_ids: Collection[int]) -> dict[int, list[Badge]]:
    """What the day board says of the forms of these visits, by appointment id."""
    asked = session().connection().execute(_FORMS, {"visits": list(appointment_ids)})
    forms = {visit: (form, state) for visit, form, state in asked}
    flags = standings([form for form, _state in forms.values()])
    not_sent = _badge(FormState.DRAFT, ())
    found = {visit: [not_sent] for visit in appointment_ids}
    for visit, (form, state) in forms.items():
        found[visit] = [_badge(state, flags.get(form, ()))]
    return found


def told_to_patient(visit: Appointment) -> str:
    """How far the questions before her visit have come, for its page: an untranslated word or two.

    Says nothing of any answer, so whoever holds the visit's link may read it.
    """
    form = form_of(visit.id)
    if form is not None and form.sent_at is not None:
        return N_("To answer") if form.state is FormState.NEEDS_INFORMATION else N_("Sent")
    if form is not None and form.first_answer_at is not None:
        return N_("Started")
    again = earlier_than(form) if form is not None else last_sent_beside(visit)
    return N_("About 2 minutes") if again is not None else N_("About 15 minutes")


def _badge(state: FormState, flags: Sequence[Standing]) -> Badge:
    if ring_wanted(flags):
        return Badge("stop", N_("Ring now"))
    if any(flag.needs_decision for flag in flags):
        return Badge("check", N_("Practitioner first"))
    if state is FormState.READY:
        return Badge("fine", N_("Form ready"))
    if state is FormState.DRAFT:
        return Badge("note", N_("Form not sent"))
    return Badge("note", N_("Form to review"))
