"""What time alone brings about, written down by the worker. Nothing waits for it to be correct."""

from datetime import datetime

from booking.appointments import actions
from booking.appointments.queries import requests as queries
from booking.core.db import db, transaction

AT_ONCE = 20


def expire_late_requests(*, now: datetime, base_url: str) -> None:
    """Write down requests that nobody answered in time; each in a transaction of its own."""
    late = queries.late_requests(now=now, at_most=AT_ONCE)
    db.session.rollback()
    for appointment_id in late:
        with transaction():
            actions.expire_request(appointment_id, now=now, base_url=base_url)
