"""What every opening of a form does: the rules are asked again, and the audit hears of it."""

from datetime import datetime

from booking.access.policy import Actor
from booking.audit.rules.event import Event
from booking.audit.rules.forms import AnswersOpened
from booking.audit.rules.visits import VisitOpened
from booking.core.errors import NotFound
from booking.intake.actions.flags import refresh
from booking.intake.queries.review import Review, review_of


def fresh(review: Review, *, now: datetime) -> Review:
    """The review after the rules were asked again, for another day or a newer version of them."""
    if review.form is None or not refresh(review.form, review.answers, now=now):
        return review
    return review_of(review.visit)


def opened(review: Review, view: str) -> Event:
    """That this form was opened; `view` is "reception" or "practitioner"."""
    if review.form is None:
        return VisitOpened(patient_id=review.visit.patient_id, appointment_id=review.visit.id)
    return AnswersOpened(
        patient_id=review.form.patient_id,
        form_id=review.form.id,
        version=review.version,
        view=view,
    )


def user_of(actor: Actor) -> int:
    """The user id of a member of staff. Raises NotFound for anybody else."""
    if actor.user_id is None:
        raise NotFound
    return actor.user_id
