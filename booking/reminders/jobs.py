"""The worker's look at which reminders are due."""

import threading
from datetime import datetime

from flask import current_app

from booking.clinic.models import Organisation
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.core.settings import Settings
from booking.reminders import actions

PAUSE_SECONDS = 20.0


def run(_stop: threading.Event) -> float:
    """Plan what is due; return after how many seconds to look again."""
    settings: Settings = current_app.extensions["settings"]
    plan(now=clock.now(), base_url=settings.base_url)
    return PAUSE_SECONDS


def plan(*, now: datetime, base_url: str) -> bool:
    """Plan what is due at `now`; False where there was nothing to do. Reads first."""
    idle = session().get(Organisation, 1) is None or not actions.anything_to_do(now=now)
    db.session.rollback()
    if idle:
        return False
    with transaction():
        actions.plan(now=now, base_url=base_url)
    return True
