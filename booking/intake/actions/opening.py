"""What every opening of a form leaves in the audit."""

from booking.access.policy import Actor
from booking.audit.rules import AnswersOpened, Event, VisitOpened
from booking.core.errors import NotFound
from booking.intake.queries.review import Review


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
