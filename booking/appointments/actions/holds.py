"""Keep a time for somebody who is still typing, longer if asked, and give it back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from booking.appointments import rules
from booking.appointments.models import Hold
from booking.appointments.queries import patient as queries
from booking.availability.rules import Offer
from booking.core.db import session
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.rules import Claim, of_person, without

Typed = Mapping[str, Any]
"""What somebody typed so far, as typed: name, email, phone, note (text), channels (list of
Channel values), no_invite (bool); or `record`, the public id of the record she has already."""


def hold(
    offer: Offer,
    *,
    network: bytes | None,
    now: datetime,
    until: datetime | None = None,
    person_id: int | None = None,
    moving_id: int | None = None,
    instead_of: Hold | None = None,
    typed: Typed | None = None,
) -> Hold:
    """Keep what is offered for ten minutes, or `until` then, so that nobody else gets it.

    The person's own time is kept too where she is known. `moving_id` is the visit she is moving:
    what that has already need not be taken again. `instead_of` is what this browser kept before;
    it goes back, and what was typed goes along.

    Raises AlreadyTaken, and TooManyTries when the network keeps very many times. Either way the
    earlier hold stays, since nothing of this is committed.
    """
    claims = offer.claims if person_id is None else of_person(person_id, offer.claims)
    own = taken.claims_of(moving_id) if moving_id is not None else ()
    before = taken.claims_of_hold(instead_of.id) if instead_of is not None else ()
    occupancy.lock(claim.resource_id for claim in (*claims, *own, *before))
    if instead_of is not None:
        typed = typed if typed is not None else instead_of.typed
        release_hold(instead_of)
    _ensure_not_too_many(network, now=now)
    kept = Hold(
        service_id=offer.service_id,
        practitioner_id=offer.practitioner_id,
        location_id=offer.location_id,
        room_id=offer.room_id,
        moving_id=moving_id,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        expires_at=until or rules.kept_until(now=now),
        network=network,
        created_at=now,
    )
    if typed:
        kept.typed = dict(typed)
    session().add(kept)
    session().flush()
    _take(kept, without(claims, own), now=now)
    return kept


def extend_hold(kept: Hold, *, now: datetime) -> None:
    """Keep a time ten minutes longer. Raises HoldOver when it has ended, or lasted too long."""
    kept.expires_at = rules.kept_longer(kept.expires_at, created_at=kept.created_at, now=now)
    if taken.claims_of_hold(kept.id):  # a move within the visit's own time takes nothing more
        occupancy.extend(kept.id, until=kept.expires_at, now=now)


def release_hold(kept: Hold) -> None:
    """Give a time back, with everything typed for it."""
    occupancy.release_hold(kept.id)
    session().delete(kept)
    session().flush()


def save_typed(kept: Hold, typed: Typed) -> None:
    """Keep what has been typed, sealed, also when the time itself has gone back."""
    kept.typed = dict(typed)


def sweep_holds(*, now: datetime) -> None:
    """Forget holds that ended long ago, and what was typed with them."""
    old = select(Hold.id).where(Hold.expires_at < now - rules.TYPED_KEPT).limit(50)
    # Those that another sweep has in hand are its own to delete.
    ids = session().scalars(old.order_by(Hold.id).with_for_update(skip_locked=True)).all()
    session().execute(delete(Hold).where(Hold.id.in_(ids)))


def _take(kept: Hold, claims: Iterable[Claim], *, now: datetime) -> None:
    wanted = tuple(claims)
    if wanted:
        occupancy.hold(wanted, hold_id=kept.id, until=kept.expires_at, now=now)


def _ensure_not_too_many(network: bytes | None, *, now: datetime) -> None:
    if network is not None:
        live, in_an_hour = queries.holds_of_network(network, now=now)
        rules.ensure_not_too_many(live=live, in_an_hour=in_an_hour)
