"""The worker's part: nothing is kept longer than the schedule says, and many openings are told."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app

from booking.accounts import actions as accounts
from booking.appointments import actions as appointments
from booking.audit import actions as audit
from booking.audit import queries as audited
from booking.audit.rules.upkeep import ScheduleKept
from booking.core.db import db, empty_log, transaction
from booking.core.errors import WrongState
from booking.core.settings import Settings
from booking.mail import outbox
from booking.patients import queries as patients
from booking.rights import actions, queries
from booking.rights.actions import retention
from booking.rights.actions.watching import tell_of_many
from booking.rights.rules import WATCHED

log = logging.getLogger("booking.rights")


def watch_openings(*, now: datetime, base_url: str) -> bool:
    """Raise the alarm about whoever opened too many patients' records within the last hour."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.openings_alarm:
        return False
    found = audited.many_patients(
        now - WATCHED, tags=queries.OPENED, at_least=settings.openings_alarm
    )
    db.session.rollback()
    told = False
    for user_id, records in found.items():
        with transaction():
            new = tell_of_many(
                user_id, records=records, contact=settings.data_protection_contact, now=now
            )
        if new:
            log.error("many", extra={"event": "many-openings", "count": records})
        told = told or new
    return told


def keep_to_schedule(*, now: datetime, base_url: str) -> int:
    """Let go what has been kept long enough; return how much that was. Audited by number.

    Each kind is a transaction of its own, each record too: one that cannot go holds up no other.
    What was erased since the last time, here or on a page, then stands in no file either.
    """
    settings: Settings = current_app.extensions["settings"]
    days = settings.retention
    gone = _erase_records(settings, now=now)
    with transaction():
        gone += retention.delete_unfinished(tombstones=settings.tombstones, now=now)
    gone += _thin_out("sign-ins", days.sign_ins, accounts.forget_old, now=now)
    gone += _thin_out(
        "messages",
        days.messages,
        lambda before: outbox.forget_old(before, but_owners=queries.held_owners(), now=now),
        now=now,
    )
    gone += _thin_out(
        "form-keys",
        days.form_keys,
        lambda before: appointments.forget_nonces(before, but_patients=patients.under_hold()),
        now=now,
    )
    gone += _thin_out("stopped-accounts", days.stopped_accounts, accounts.forget_ways_in, now=now)
    with transaction():
        appointments.sweep_holds(now=now)
    empty_log()
    return gone


def _thin_out(what: str, days: int, forget: Callable[[datetime], int], *, now: datetime) -> int:
    if not days:
        return 0
    with transaction():
        count = forget(now - timedelta(days=days))
        if count:
            audit.record(ScheduleKept(what=what, count=count), by=None, at=now)
    return count


def _erase_records(settings: Settings, *, now: datetime) -> int:
    over = queries.kept_long_enough(
        years=settings.records_kept_years,
        never_seen_days=settings.retention.never_seen,
        now=now,
    )
    db.session.rollback()
    gone = 0
    for public_id in over:
        try:
            with transaction():
                actions.erase(
                    None,
                    public_id,
                    tombstones=settings.tombstones,
                    years=settings.records_kept_years,
                    now=now,
                    why="schedule",
                )
            gone += 1
        except WrongState:
            continue  # a visit was booked, or a hold was placed, at this very moment
    return gone
