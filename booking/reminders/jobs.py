"""The worker's look at which reminders are due."""

from datetime import datetime

from booking.clinic.models import Organisation
from booking.core.db import db, session, transaction
from booking.reminders import actions


def plan(*, now: datetime, base_url: str) -> bool:
    """Plan what is due at `now`; False where there was nothing to do. Reads first."""
    idle = session().get(Organisation, 1) is None or not actions.anything_to_do(now=now)
    db.session.rollback()
    if idle:
        return False
    with transaction():
        actions.plan(now=now, base_url=base_url)
    return True
