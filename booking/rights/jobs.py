"""The worker's look at what is no longer kept."""

from datetime import datetime

from flask import current_app

from booking.clinic.models import Organisation
from booking.core.db import db, session, transaction
from booking.core.settings import Settings
from booking.rights import actions
from booking.rights.actions import retention
from booking.rights.queries import retention as queries


def keep_no_longer(*, now: datetime, base_url: str) -> bool:
    """Delete what is too old; False where there was nothing. Reads first."""
    if session().get(Organisation, 1) is None:
        db.session.rollback()
        return False
    forms, records = queries.unfinished(now=now), queries.never_came(now=now)
    db.session.rollback()
    settings: Settings = current_app.extensions["settings"]
    if forms:
        with transaction():
            retention.delete_unfinished(tombstones=settings.tombstones, now=now)
    for public_id in records:
        with transaction():
            actions.erase(
                None,
                public_id,
                why="never-came",
                tombstones=settings.tombstones,
                years=settings.records_kept_years,
                now=now,
            )
    return bool(forms or records)
