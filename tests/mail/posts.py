"""Snapshots as the features take them, and a post office that only needs a transport."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask

from booking.core.db import db, transaction
from booking.mail import jobs, outbox
from booking.mail.delivery import Post
from booking.mail.jobs import Step
from booking.mail.models import Mail
from booking.mail.outbox import Draft
from booking.mail.rules import Outcome, Transport, Verdict
from tests.factories import MONDAY_10AM, NOW

SECOND = timedelta(seconds=1)
SENDER = {"name": "Canal Street", "address": "visits@canalstreet.example"}
LINKS = {
    "visit": "https://canal.example/a/tok3n",
    "move": "https://canal.example/a/tok3n?to=move",
    "cancel": "https://canal.example/a/tok3n?to=cancel",
    "form": "https://canal.example/a/tok3n/form",
}


def an_invite_told(**changes: Any) -> dict[str, Any]:
    """The calendar part of a snapshot."""
    return {
        "uid": "0d7f2c1e-6a51-4f0b-9c8e-1f2a3b4c5d6e@canalstreet.example",
        "sequence": 0,
        "method": "REQUEST",
        "stamp": NOW.isoformat(),
        "created": NOW.isoformat(),
        "last_modified": NOW.isoformat(),
        "starts_at": MONDAY_10AM.isoformat(),
        "ends_at": (MONDAY_10AM + timedelta(hours=1)).isoformat(),
        "zone": "Europe/London",
        "summary": "Appointment",
        "location": "Canal Street, 12 Canal Street, London N1",
        "description": "To change or cancel: https://canal.example/a/tok3n",
        "organizer": SENDER,
        "attendee": {"name": "Amara Osei", "address": "amara@mail.example"},
        **changes,
    }


def a_snapshot(**changes: Any) -> dict[str, Any]:
    """What a message about an appointment is made of."""
    return {
        "to_name": "Amara Osei",
        "to_address": "amara@mail.example",
        "invite": an_invite_told(),
        "when": {"starts_at": MONDAY_10AM.isoformat(), "zone": "Europe/London"},
        "place": {"name": "Canal Street", "address": "12 Canal Street, London N1"},
        "practitioner_name": "Mei Tan",
        "links": LINKS,
        "phone": "020 7946 0102",
        "phone_hours": "Monday to Saturday, 8 to 6",
        "sender": SENDER,
        "locale": "en_GB",
        **changes,
    }


def a_draft(**changes: Any) -> Draft:
    """A confirmation of something else each time, so that it waits for nothing."""
    invite = an_invite_told(uid=f"{uuid4()}@canalstreet.example")
    told: dict[str, Any] = {
        "kind": "appointments/confirmation",
        "snapshot": a_snapshot(invite=invite),
        "dedupe_key": f"test:{uuid4()}",
    }
    return Draft(**{**told, **changes})


def about(appointment_id: int, sequence: int, **invite: Any) -> Draft:
    """The message for one version of an appointment."""
    kinds = {"CANCEL": "appointments/cancelled"}
    kind = kinds.get(
        invite.get("method", ""), "appointments/moved" if sequence else "appointments/confirmation"
    )
    stamp = (NOW + sequence * timedelta(minutes=1)).isoformat()
    told = an_invite_told(sequence=sequence, stamp=stamp, last_modified=stamp, **invite)
    when = {"starts_at": told["starts_at"], "zone": told["zone"]}
    return Draft(
        kind=kind,
        snapshot=a_snapshot(invite=told, when=when),
        dedupe_key=f"{kind}:{appointment_id}:{sequence}:{told['uid']}",
        appointment_id=appointment_id,
        sequence=sequence,
    )


def queue(app: Flask, *drafts: Draft, now: datetime = NOW) -> list[int]:
    """Queue and commit; the ids of the rows."""
    with app.app_context(), transaction():
        for draft in drafts:
            outbox.enqueue(draft, now=now)
        db.session.flush()
        keys = [draft.dedupe_key for draft in drafts]
        return [row.id for key in keys for row in db.session.query(Mail).filter_by(dedupe_key=key)]


def rows(app: Flask) -> list[Mail]:
    """Every row, oldest first, readable after the session is gone."""
    with app.app_context():
        found = list(db.session.query(Mail).order_by(Mail.id))
        db.session.expunge_all()
        return found


def states(app: Flask) -> list[str]:
    return [row.state.value for row in rows(app)]


@dataclass
class WrittenTransport:
    """Remembers what it was handed; answers with `answers` first, then accepts."""

    answers: list[Outcome] = field(default_factory=list)
    handed: list[bytes] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def send(self, message: bytes, *, sender: str, recipient: str) -> Outcome:
        assert sender == SENDER["address"]
        assert "@" in recipient
        self.handed.append(message)
        if self.meanwhile is not None:
            self.meanwhile()
        return self.answers.pop(0) if self.answers else Outcome(Verdict.ACCEPTED, 250)


def post(app: Flask, transport: Transport) -> Post:
    """The application's own renderers with another way out."""
    return Post(renderers=app.extensions["post"].renderers, transport=transport)


def step(app: Flask, transport: Transport, *, now: datetime = NOW) -> Step:
    """One step of the worker, in a context of its own as in life."""
    with app.app_context():
        return jobs.deliver_next(post(app, transport), now=now, jitter=0)


def deliver_all(app: Flask, transport: Transport, *, now: datetime = NOW) -> int:
    """Steps until nothing is due any more; how many messages were tried."""
    return sum(1 for _ in iter(lambda: step(app, transport, now=now), Step.NOTHING_DUE))


def minutes_from(start: datetime, until: timedelta) -> Iterator[datetime]:
    """Every half minute from `start` on, as a worker that looks that often would see."""
    now = start
    while now <= start + until:
        yield now
        now += timedelta(seconds=30)
