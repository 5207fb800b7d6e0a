"""What staff were refused is recorded: a sign-in in the wrong hands tries doors."""

from uuid import UUID

from flask import request
from sqlalchemy.exc import OperationalError

from booking.access.gate import current_actor
from booking.audit import actions as audit
from booking.audit.rules.accounts import AccessRefused
from booking.core import clock
from booking.core.db import give_back, transaction
from booking.core.errors import Busy


def note_refusal(status: int) -> None:
    """Record that somebody on the staff was refused a page. Where that fails, she still is."""
    actor, asked = current_actor(), request.view_args or {}
    if not actor.is_staff:
        return
    about = next((str(each) for each in asked.values() if isinstance(each, UUID)), "")
    event = AccessRefused(page=request.endpoint or "", about=about, status=status)
    try:
        with transaction():
            audit.record(event, by=actor, at=clock.now())
    except (Busy, OperationalError):
        give_back()
