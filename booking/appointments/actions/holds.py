"""Keep a time for somebody who is still typing, longer if asked, and give it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, Select, delete, or_, select
from sqlalchemy.exc import IntegrityError

from booking.accounts.actions import throttle
from booking.appointments import rules
from booking.appointments.models import Appointment, BookingNonce, Hold
from booking.appointments.queries import patient as queries
from booking.availability import queries as availability
from booking.availability.rules import Offer
from booking.clinic.models import Service
from booking.core.addresses import NotAnAddress, canonical_email
from booking.core.db import session
from booking.core.errors import AlreadyTaken
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim, of_person, without
from booking.patients.models import Patient
from booking.patients.rules import folded

Typed = Mapping[str, Any]
"""What somebody typed so far, as typed: name, email, phone, note (text), channels (list of
Channel values), no_invite (bool); or `record`, the public id of the record she has already."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Who keeps a time: a network, the key of the page pressed, and what it kept before.

    `instead_of` goes back once the new time is kept, and what was typed goes along.
    """

    network: bytes | None = None
    form_key: UUID | None = None
    instead_of: Hold | None = None


NOBODY = Browser()


def hold(
    offer: Offer,
    *,
    now: datetime,
    by: Browser = NOBODY,
    until: datetime | None = None,
    person_id: int | None = None,
    moving_id: int | None = None,
    typed: Typed | None = None,
) -> Hold:
    """Keep what is offered for ten minutes, or `until` then, so that nobody else gets it.

    The person's own time is kept too where she is known. `moving_id` is the visit she is moving:
    what that has already need not be taken again. A second press of the same page's button finds
    what the first one kept.

    Raises AlreadyTaken, TimeNotOffered when a rule about the day's other visits has closed it
    meanwhile, and TooManyTries when the network or the person keeps very many times. In each case
    the earlier hold stays, since nothing of this is committed.
    """
    return hold_all(
        [(offer, moving_id)], now=now, by=by, until=until, person_id=person_id, typed=typed
    )


def hold_all(
    wanted: Sequence[tuple[Offer, int | None]],
    *,
    now: datetime,
    by: Browser = NOBODY,
    until: datetime | None = None,
    person_id: int | None = None,
    typed: Typed | None = None,
) -> Hold:
    """Keep several times together, all or none, as `hold` does one; returns the first.

    Each of `wanted` is an offer, with the id of the visit that moves there or None.
    """
    claims = [_claims(offer, person_id, moving_id) for offer, moving_id in wanted]
    before = queries.kept_together(by.instead_of) if by.instead_of is not None else []
    occupancy.lock(
        claim.resource_id
        for needed in (*claims, *(taken.claims_of_hold(each.id) for each in before))
        for claim in needed
    )
    pressed = queries.hold_with_key(by.form_key) if by.form_key is not None else None
    if pressed is not None:
        if pressed.expires_at > now and same_time(pressed, wanted[0][0]):
            return pressed
        release_hold(pressed)  # from the same page, before going back to it and choosing anew
    if by.instead_of is not None and (earlier := queries.hold(by.instead_of.public_id)):
        typed = typed if typed is not None else earlier.typed
        release_hold(earlier)
    series = uuid4() if len(wanted) > 1 else None
    kept = [
        Hold(
            service_id=offer.service_id,
            practitioner_id=offer.practitioner_id,
            location_id=offer.location_id,
            room_id=offer.room_id,
            moving_id=moving_id,
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            expires_at=until or rules.kept_until(now=now),
            series=series,
            leg=place if series else None,
            network=by.network,
            created_at=now,
        )
        for place, (offer, moving_id) in enumerate(wanted, 1)
    ]
    first = kept[0]
    first.form_key = by.form_key
    _ensure_network_may_keep(by.network, wanted=len(wanted), now=now)
    session().add_all(kept)
    try:
        session().flush()
    except IntegrityError as twice:  # another button of the same page at the same moment
        raise AlreadyTaken from twice
    for (offer, moving_id), each, needed in zip(wanted, kept, claims, strict=True):
        availability.still_offered(offer, now=now, but_appointment_id=moving_id)
        _take(each, needed, now=now)
    if typed:
        save_typed(first, typed)
        ensure_person_may_keep(first, now=now)
    return first


def extend_hold(kept: Hold, *, now: datetime) -> None:
    """Keep a time, and those kept with it, ten minutes longer.

    Raises HoldOver when it has ended, or lasted too long.
    """
    until = rules.kept_longer(kept.expires_at, created_at=kept.created_at, now=now)
    for each in queries.kept_together(kept):
        _end(each, until, now=now)


def shorten_hold(kept: Hold, *, now: datetime) -> None:
    """Let a time go back soon, because its page was left; what was typed stays a while."""
    until = rules.kept_after_leaving(kept.expires_at, now=now)
    for each in queries.kept_together(kept):
        if each.expires_at > until:
            _end(each, until, now=now)


def resume_hold(kept: Hold, *, now: datetime) -> None:
    """Keep a time as before, because its page is open again. Raises HoldOver when it has ended."""
    until = rules.kept_after_return(kept.expires_at, created_at=kept.created_at, now=now)
    for each in queries.kept_together(kept):
        _end(each, until, now=now)


def release_hold(kept: Hold) -> None:
    """Give a time back, and those kept with it, with everything typed for them."""
    for each in queries.kept_together(kept):
        occupancy.release_hold(each.id)
        session().delete(each)
    session().flush()


def hold_anew(kept: Hold, *, now: datetime) -> Hold:
    """Keep for a booking what was kept to move a visit that has been cancelled since.

    Until the same moment, and as it was promised then. Raises HoldOver, TimeNotOffered, and
    AlreadyTaken where somebody else has got what that visit had of it.
    """
    rules.ensure_kept(kept.expires_at, now=now)
    offer = availability.kept_offer(
        session().get_one(Service, kept.service_id),
        practitioner_id=kept.practitioner_id,
        location_id=kept.location_id,
        starts_at=kept.starts_at,
        now=kept.created_at,
        known_to=[kept.practitioner_id],  # settled when the hold began
        but_hold_id=kept.id,
    )
    until, needed = kept.expires_at, [*offer.claims, *taken.claims_of_hold(kept.id)]
    occupancy.lock(claim.resource_id for claim in needed)
    release_hold(kept)
    return hold(offer, now=now, until=until)


def holds_for(record: Patient) -> Sequence[Hold]:
    """Return what is kept for one who has a record, or for moving a visit of hers.

    What has run out is among it while what was typed with it is still there.
    """
    visits = select(Appointment.id).where(Appointment.patient_id == record.id)
    taking = select(Occupancy.hold_id).where(Occupancy.resource_id == record.resource_id)
    wanted = select(Hold).where(
        or_(Hold.person == _keeps(record), Hold.moving_id.in_(visits), Hold.id.in_(taking))
    )
    return session().scalars(wanted.order_by(Hold.id)).all()


def save_typed(kept: Hold, typed: Typed) -> None:
    """Keep what has been typed, sealed, also when the time itself has gone back."""
    kept.typed = dict(typed)
    person = _person(typed)
    for each in queries.kept_together(kept):
        each.person = person
    session().flush()


def ensure_person_may_keep(kept: Hold, *, now: datetime) -> None:
    """Raise TooManyTries when whoever this is kept for keeps very many times elsewhere."""
    if kept.person is not None:
        others = queries.kept_by_person(kept.person, but=kept, now=now)
        rules.ensure_person_may_keep(others, wanted=len(queries.kept_together(kept)))


def sweep_holds(*, now: datetime) -> None:
    """Forget holds that ended long ago, and what was typed with them."""
    old = select(Hold.id).where(Hold.expires_at < now - rules.TYPED_KEPT).limit(50)
    # Those that another sweep has in hand are its own to delete.
    ids = session().scalars(old.order_by(Hold.id).with_for_update(skip_locked=True)).all()
    session().execute(delete(Hold).where(Hold.id.in_(ids)))


def forget_nonces(before: datetime, *, but_patients: Select[int]) -> int:
    """Delete keys of forms that were sent before then, and return how many; some people's stay."""
    theirs = select(Appointment.id).where(Appointment.patient_id.in_(but_patients))
    old = delete(BookingNonce).where(
        BookingNonce.created_at < before, BookingNonce.appointment_id.not_in(theirs)
    )
    return cast(CursorResult[object], session().execute(old)).rowcount


def _claims(offer: Offer, person_id: int | None, moving_id: int | None) -> tuple[Claim, ...]:
    claims = offer.claims if person_id is None else of_person(person_id, offer.claims)
    return claims if moving_id is None else without(claims, taken.claims_of(moving_id))


def _take(kept: Hold, claims: Sequence[Claim], *, now: datetime) -> None:
    if claims:  # a move within the visit's own time takes nothing more
        occupancy.hold(claims, hold_id=kept.id, until=kept.expires_at, now=now)


def _end(kept: Hold, until: datetime, *, now: datetime) -> None:
    kept.expires_at = until
    if taken.claims_of_hold(kept.id):
        occupancy.extend(kept.id, until=until, now=now)


def same_time(kept: Hold, offer: Offer) -> bool:
    """Tell whether a hold keeps just what is offered."""
    return (kept.starts_at, kept.practitioner_id, kept.location_id) == (
        offer.starts_at,
        offer.practitioner_id,
        offer.location_id,
    )


def _ensure_network_may_keep(network: bytes | None, *, wanted: int, now: datetime) -> None:
    if network is not None:
        rules.ensure_not_too_many(queries.kept_by_network(network, now=now), wanted=wanted)


def _keeps(record: Patient) -> bytes:
    return throttle.bucket("keeps", f"{record.email_canonical}|{record.name_folded}")


def _person(typed: Typed) -> bytes | None:
    """Return a keyed hash of who this is for, the same in every browser; None while unknown."""
    if "record" in typed:
        record = queries.record(UUID(str(typed["record"])))
        if record is None:
            return None
        return _keeps(record)
    try:
        email = canonical_email(str(typed.get("email", "")))
    except NotAnAddress:
        return None
    return throttle.bucket("keeps", f"{email}|{folded(str(typed.get('name', '')))}")
