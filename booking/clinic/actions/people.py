"""Changes to who works here."""

from sqlalchemy import update

from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.errors import WrongState


def give_account(practitioner_id: int, user_id: int) -> None:
    """Let a member of staff be this practitioner. Raises WrongState if somebody is already."""
    given = session().scalar(
        update(Practitioner)
        .where(Practitioner.id == practitioner_id, Practitioner.user_id.is_(None))
        .values(user_id=user_id)
        .returning(Practitioner.id)
    )
    if given is None:
        raise WrongState
