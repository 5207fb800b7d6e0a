"""What a patient's pages read: her visit, its form, the newest answers, who may see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from booking.access.policy import Actor
from booking.appointments.models import Appointment, Status
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState
from booking.core.tokens import digest
from booking.intake.models import FormBrowser, IntakeForm, Question, TypedForm
from booking.intake.queries import questionnaires
from booking.intake.queries.answers import answered, earlier_than, form_of, last_sent_beside
from booking.intake.rules.draft import Sight
from booking.intake.rules.questionnaire import Item, Questionnaire
from booking.patients.models import Patient

CANCELLED = N_("This visit was cancelled, so there is nothing to fill in. You can close this page.")
ELSEWHERE = N_(
    "Please open this page in the browser in which you answered, or sign in with a code from "
    "reception. Others may read your messages."
)
OVER = N_("This visit is over, so there is nothing more to fill in. Please call us if you need us.")


def visit_for(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Return the patient's own coming visit. Raises NotFound, WrongState when cancelled or over."""
    found = own_visit(actor, public_id)
    if found.status is Status.CANCELLED:
        raise WrongState(CANCELLED)
    if found.ends_at <= now:
        raise WrongState(OVER)
    return found


def own_visit(actor: Actor, public_id: UUID) -> Appointment:
    """Return any visit of the patient's own, also one that is over. Raises NotFound."""
    found = session().scalar(
        select(Appointment)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.public_id == public_id, _own(actor))
        .options(joinedload(Appointment.patient), joinedload(Appointment.location))
    )
    if found is None:
        raise NotFound
    return found


def choosing(actor: Actor, public_id: UUID, *, token: str) -> Appointment:
    """Return a visit of the patient's own to whoever may see her answers, and so decide on them.

    Raises NotFound, and WrongState for a browser that is not known: a mailbox may be shared.
    """
    visit = own_visit(actor, public_id)
    if not knows(actor, visit, token=token):
        raise WrongState(ELSEWHERE)
    return visit


def knows(actor: Actor, visit: Appointment, *, token: str) -> bool:
    """Whether this sign-in, or the browser with this cookie, may see answers of this visit."""
    if actor.confirmed:
        return True
    form = form_of(visit.id)
    forms = (form, earlier_than(form) if form is not None else last_sent_beside(visit))
    return any(form is not None and browser_of(form, token) is not None for form in forms)


def next_visit(actor: Actor, *, now: datetime) -> UUID:
    """Return the public id of the visit a link is for, or of the next one. Raises NotFound."""
    found = session().scalar(
        select(Appointment.public_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(_own(actor), Appointment.ends_at > now)
        .order_by((Appointment.status == Status.CANCELLED), Appointment.starts_at)
        .limit(1)
    )
    if found is None:
        raise NotFound
    return found


def _own(actor: Actor) -> ColumnElement[bool]:
    return or_(
        Appointment.id == (actor.appointment_id or -1),
        Patient.resource_id == (actor.person_id or -1),
    )


def browser_of(form: IntakeForm, token: str) -> FormBrowser | None:
    """Return the browser that holds `token` (its cookie), if it is known for this form."""
    if not token:
        return None
    return session().scalar(
        select(FormBrowser).where(FormBrowser.token_hash == browser_hash(form, token))
    )


def browser_hash(form: IntakeForm, token: str) -> bytes:
    """Return what is stored of a browser's cookie for one form: 32 bytes."""
    return digest(f"{token}|{form.public_id}")


def open_questions(form: IntakeForm) -> list[Question]:
    """Return the questions the clinic asked again and that have no answer yet, oldest first."""
    wanted = (
        select(Question)
        .where(Question.form_id == form.id, Question.answered_at.is_(None))
        .order_by(Question.asked_at, Question.id)
    )
    return list(session().scalars(wanted))


def to_confirm(form: IntakeForm) -> bool:
    """Whether staff typed this form and nobody has confirmed it yet."""
    typed = session().get(TypedForm, form.id)
    return typed is not None and typed.confirmed_at is None


@dataclass(frozen=True)
class Filling:
    """A visit's form as one browser sees it. `form` is None before the first answer.

    `earlier` is the form before an earlier visit that this one builds on.
    """

    visit: Appointment
    form: IntakeForm | None
    version: int
    sight: Sight
    earlier: IntakeForm | None = None

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire it is filled in with."""
        return self.sight.questionnaire

    @property
    def sent(self) -> bool:
        """Whether the form was sent; from then on it is no longer edited."""
        return self.form is not None and self.form.sent_at is not None

    @property
    def places(self) -> list[Item]:
        """All pages there are; the place of one in this list, from 1, is its address."""
        return [page for section in self.questionnaire.sections for page in section.items]

    def place_of(self, page: Item) -> int:
        """The number in a page's address. It stays the same whatever is answered."""
        return 1 + [each.link_id for each in self.places].index(page.link_id)


def filling(actor: Actor, public_id: UUID, *, token: str, now: datetime) -> Filling:
    """Return the form of the patient's own visit, as the browser with this cookie sees it.

    Raises NotFound, WrongState when the visit was cancelled or is over.
    """
    visit = visit_for(actor, public_id, now=now)
    found = answered(visit)
    own = frozenset[int]()
    for form in (found.form, found.earlier):
        if form is not None and (browser := browser_of(form, token)) is not None:
            own |= browser.circles
    circles = None if actor.confirmed else own
    # Who just booked under her name does not learn from the questions that it is quiet around her.
    asked = found.questionnaire
    put = asked if actor.just_booked else questionnaires.put_to(visit.patient, asked)
    sight = Sight(put, found.draft, circles)
    return Filling(visit, found.form, found.number, sight, found.earlier)


def question_asked(filled: Filling, public_id: UUID) -> Question:
    """Return a question the clinic asked again about this form. Raises NotFound, WrongState."""
    if filled.form is None:
        raise NotFound
    found = session().scalar(
        select(Question).where(Question.public_id == public_id, Question.form_id == filled.form.id)
    )
    if found is None:
        raise NotFound
    if found.answered_at is not None:
        raise WrongState(N_("You have answered this already. Thank you. Nothing was changed now."))
    return found
