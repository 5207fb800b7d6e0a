"""The worker's look at which licences and insurances run out."""

from datetime import datetime

from booking.clinic import actions
from booking.clinic.models import Organisation
from booking.core.db import db, session, transaction


def warn(*, now: datetime, base_url: str) -> bool:
    """Tell who is to be told; False where there was nothing to say. Reads first."""
    drafts = [] if session().get(Organisation, 1) is None else actions.warnings(now=now)
    db.session.rollback()
    if not drafts:
        return False
    with transaction():
        actions.warn(drafts, now=now)
    return True
