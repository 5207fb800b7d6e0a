"""Connect a practitioner's own calendar server, and write down what it was told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.accounts import CalendarAccessChanged
from booking.availability.queries import practitioner_for
from booking.calendars.actions.outside import Access
from booking.calendars.models import CalendarServer, CopyWay, OwnInvites, VisitCopy
from booking.calendars.queries import copies as queries
from booking.calendars.queries.entries import place_words, summary_of
from booking.calendars.rules import Reveal
from booking.calendars.rules.outside import Problem, server_delay
from booking.core.db import session
from booking.mail.rules import Listed

# Longer than any one request; a worker that dies in between is passed over for as long.
LEASE = timedelta(minutes=2)
TRYING = "?"  # it may be there: the answer to the first request was never written down


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One entry to be stored on a server, or, where `entry` is None, taken away again."""

    copy_id: int
    uid: str
    told: str
    etag: str
    entry: Listed | None


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A server this worker writes to now, as plain values, and what it is to be told."""

    id: int
    practitioner_id: int
    url: str
    credentials: tuple[str, str] | None
    entries: tuple[Wanted, ...]


def connect(actor: Actor, access: Access, reveal: Reveal, *, now: datetime) -> None:
    """Let the actor's visits be written to her own server, in place of the one before."""
    practitioner = practitioner_for(actor)
    _forget(practitioner.id)
    row = CalendarServer(
        practitioner_id=practitioner.id, reveal=reveal, created_at=now, next_try_at=now
    )
    row.access = access.sealed()
    session().add(row)
    session().flush()
    audit.record(CalendarAccessChanged(what="server-connected"), by=actor, at=now)


def disconnect(actor: Actor, *, now: datetime) -> None:
    """Write nothing more to the actor's server. What is there stays, as hers."""
    _forget(practitioner_for(actor).id)
    audit.record(CalendarAccessChanged(what="server-disconnected"), by=actor, at=now)


def _forget(practitioner_id: int) -> None:
    session().execute(
        delete(CalendarServer).where(CalendarServer.practitioner_id == practitioner_id)
    )
    session().execute(
        delete(VisitCopy).where(
            VisitCopy.practitioner_id == practitioner_id, VisitCopy.way == CopyWay.SERVER
        )
    )


def choose_invites(actor: Actor, reveal: Reveal | None, *, now: datetime) -> None:
    """Say what the actor's own invitations show; None is no invitations."""
    practitioner = practitioner_for(actor)
    row = queries.own_invites(practitioner.id)
    if row is None:
        row = OwnInvites(practitioner_id=practitioner.id)
        session().add(row)
    row.wanted, row.reveal = reveal is not None, reveal or Reveal.INITIALS
    session().execute(
        update(VisitCopy)  # look again at all of them
        .where(VisitCopy.practitioner_id == practitioner.id, VisitCopy.way == CopyWay.INVITE)
        .values(seen_sequence=-1)
    )
    what = "invitations-on" if row.wanted else "invitations-off"
    audit.record(CalendarAccessChanged(what=what), by=actor, at=now)


def claim_due(*, now: datetime) -> Claimed | None:
    """Take a server that has something to be told, or None. Others pass it over for a while."""
    row = session().scalar(queries.server_due(now=now).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.next_try_at = now + LEASE
    copies = queries.copies_to_store(row.practitioner_id)
    for copy in copies:
        copy.stored = copy.stored or TRYING
    session().flush()
    access = row.access
    return Claimed(
        id=row.id,
        practitioner_id=row.practitioner_id,
        url=access["url"].rstrip("/") + "/",
        credentials=(access["user"], access["password"]) if access["user"] else None,
        entries=tuple(_wanted(copy, row.reveal) for copy in copies),
    )


def _wanted(copy: VisitCopy, reveal: Reveal) -> Wanted:
    return Wanted(
        copy_id=copy.id,
        uid=copy.uid,
        told=copy.told,
        etag=copy.etag,
        entry=None if copy.cancelled else _entry(copy, reveal),
    )


def _entry(copy: VisitCopy, reveal: Reveal) -> Listed:
    visit = copy.appointment
    return Listed(
        uid=copy.uid,
        sequence=copy.sequence,
        stamp=copy.stamp,
        created=copy.created_at,
        last_modified=copy.stamp,
        starts_at=copy.starts_at,
        ends_at=copy.ends_at,
        zone=visit.location.zone,
        summary=summary_of(visit, reveal),
        location=place_words(visit),
        description="",
        cancelled=False,
    )


def note_stored(wanted: Wanted, etag: str) -> None:
    """Write down that a server holds an entry under `etag`, or holds it no more."""
    stored = "" if wanted.entry is None else wanted.told
    session().execute(
        update(VisitCopy)
        .where(VisitCopy.id == wanted.copy_id)
        .values(stored=stored, etag=etag if stored else "")
    )


def note_server(claimed: Claimed, problem: Problem | None, *, now: datetime) -> None:
    """Let a server be asked again: at once where all went well, else after a while."""
    row = session().get(CalendarServer, claimed.id)
    if row is None:
        return  # disconnected meanwhile
    if problem is None:
        row.next_try_at, row.failures, row.failing_since, row.problem = now, 0, None, ""
        return
    row.failures += 1
    row.failing_since = row.failing_since or now
    row.problem = problem.value
    row.next_try_at = now + server_delay(row.failures)
