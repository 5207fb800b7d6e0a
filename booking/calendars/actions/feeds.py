"""Make, replace and withdraw the address of a feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.accounts import CalendarAccessChanged
from booking.availability.queries import practitioner_for
from booking.calendars.models import CalendarFeed
from booking.calendars.rules import Reveal
from booking.core.db import session
from booking.core.errors import NotFound
from booking.core.tokens import digest, new_token


def make_for_practitioner(actor: Actor, reveal: Reveal, *, now: datetime) -> str:
    """Make the actor's feed, or give it another address, and return the token, shown once.

    The address before answers no more. Raises NotFound for who treats nobody here.
    """
    practitioner = practitioner_for(actor)
    _withdraw(CalendarFeed.practitioner_id, practitioner.id)
    return _make(CalendarFeed(practitioner_id=practitioner.id, reveal=reveal), by=actor, now=now)


def make_for_person(actor: Actor, *, now: datetime) -> str:
    """The same for a signed-in patient. Raises NotFound for anybody else."""
    if actor.person_id is None:
        raise NotFound
    _withdraw(CalendarFeed.person_id, actor.person_id)
    return _make(CalendarFeed(person_id=actor.person_id), by=actor, now=now)


def stop_for_practitioner(actor: Actor, *, now: datetime) -> None:
    """Withdraw the actor's feed; nothing happens where there is none."""
    _withdraw(CalendarFeed.practitioner_id, practitioner_for(actor).id)
    audit.record(CalendarAccessChanged(what="feed-withdrawn"), by=actor, at=now)


def stop_for_person(actor: Actor, *, now: datetime) -> None:
    """The same for a signed-in patient."""
    _withdraw(CalendarFeed.person_id, actor.person_id)
    audit.record(CalendarAccessChanged(what="feed-withdrawn"), by=actor, at=now)


def end_feeds_of(person_id: int) -> None:
    """Withdraw a person's feed: a stranger may have made it."""
    _withdraw(CalendarFeed.person_id, person_id)


def _make(feed: CalendarFeed, *, by: Actor, now: datetime) -> str:
    token = new_token()
    feed.token_hash, feed.created_at = digest(token), now
    session().add(feed)
    session().flush()
    audit.record(CalendarAccessChanged(what="feed-made"), by=by, at=now)
    return token


def _withdraw(column: Any, number: int | None) -> None:
    session().execute(delete(CalendarFeed).where(column == number))
