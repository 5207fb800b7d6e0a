"""Something has changed, whatever else goes on: nothing stopped is delivered, and all comes back.

One person books, asks, waits, is reminded, offered and asked things, while a worker claims, hands
over, settles or is killed between any two of these. She makes it quiet, and takes it back,
or ends it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import and_, delete, or_, select, update

from booking.access.policy import STRANGER, Actor
from booking.appointments import actions as appointments
from booking.appointments.models import Appointment, Status
from booking.availability import queries as availability
from booking.care import actions as care
from booking.care import queries
from booking.care.models import Change
from booking.clinic.models import BookingMode, Service
from booking.core.db import db, session, transaction
from booking.core.errors import BookingError, TooLate
from booking.intake.actions.writing import write_to
from booking.intake.emails import QUESTION
from booking.mail import delivery, outbox
from booking.mail.models import Mail, MailState
from booking.mail.outbox import LEASE, Claimed
from booking.mail.rules import Outcome
from booking.occupancy.models import Occupancy
from booking.patients.models import Patient
from booking.reminders import jobs as reminders
from booking.waiting import actions as waiting
from booking.waiting import jobs as offers
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState
from tests.factories import MONDAY_10AM, NOW, Clinic
from tests.mail.posts import WrittenTransport, post

BASE = "http://localhost"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
MONDAY_9AM = MONDAY_10AM - HOUR
MUST_STOP = ("reminders/", "waiting/", "intake/question")
TYPED = {
    "name": "Amara Osei",
    "email": "amara@mail.example",
    "phone": "+447700900123",
    "channels": ["email"],
}
days = st.integers(0, 4)
hours = st.integers(0, 6)


class Quiet(RuleBasedStateMachine):
    """One person's weeks. `before` is how all stood before each change that stands, latest last."""

    app: Flask
    clinic: Clinic
    did: Counter[str]

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.claimed: list[tuple[Claimed, Outcome | None]] = []
        self.before: list[dict[str, Any]] = []
        self.last_of_others = max(self.visits_of_all(), default=0)
        self.book(0, 0)
        self.wait()

    def visits_of_all(self) -> list[int]:
        return [n for (n,) in self.read(select(Appointment.id))]

    def teardown(self) -> None:
        """Nothing of this life is met by the next one."""
        with self.writing():
            for table in (Mail, Occupancy):
                session().execute(delete(table))
            session().execute(update(WaitingEntry).values(state=EntryState.LEFT))
            session().execute(update(Appointment).values(status=Status.CANCELLED, let_go_at=None))
            session().execute(update(Change).values(undone_at=NOW))
            # The next one begins at NOW again: no record of this one is from later than that.
            as_new = {"quiet_since": None, "gently": False, "created_at": NOW}
            session().execute(update(Patient).values(as_new))

    # --- what she does -------------------------------------------------------------------------

    @rule(day=days, hour=hours)
    def book(self, day: int, hour: int) -> None:
        self.made("book", lambda: self._book(self.clinic.first_visit, [(day, hour)]))

    @rule(day=days, hour=hours)
    def ask_for(self, day: int, hour: int) -> None:
        """A visit that the clinic has to answer first."""
        self.made("ask for", lambda: self._book(self.clinic.follow_up, [(day, hour)]))

    @rule(day=st.integers(0, 2), hour=hours)
    def book_series(self, day: int, hour: int) -> None:
        legs = [(day, hour), (day + 1, hour), (day + 2, hour)]
        self.made("book a series", lambda: self._book(self.clinic.first_visit, legs))

    @rule()
    def wait(self) -> None:
        """She joins the list, or says again that she waits."""

        def join() -> None:
            details = appointments.Details.of(TYPED, region="GB")
            who = waiting.register(details, self.clinic.first_visit, now=self.now)
            wanted = waiting.Wanted(service_id=self.clinic.first_visit)
            told = {"network": None, "now": self.now, "base_url": BASE}
            waiting.join(STRANGER, who, wanted, **told)

        self.made("wait", join)

    @precondition(lambda self: self.visits())
    @rule(data=st.data(), gently=st.booleans())
    def make_it_quiet(self, data: st.DataObject, gently: bool) -> None:
        """Some visits let go, some kept; a message in hand at this moment is waited for."""
        visit = self.visits()[0]
        mine = self.may_let_go(visit)
        let_go = data.draw(st.sets(st.sampled_from(mine))) if mine else set()
        before = self.standing()

        def say() -> Any:
            return care.say(
                self.hers(),
                session().get_one(Appointment, visit),
                let_go=[session().get_one(Appointment, one).public_id for one in let_go],
                gently=gently,
                now=self.now,
                wait_until=self.now + HOUR,
                base_url=BASE,
            ).id

        try:
            with self.writing():
                change = say()
        except outbox.InHand:
            self.did["wait for a message in hand"] += 1
            assert self.a_lease_runs()
            assert self.standing() == before  # nothing of it is stored
            return
        self.did["make it quiet"] += 1
        self.did["let go"] += len(let_go)
        self.before.append({**before, "let go": let_go, "change": change, "at": self.now})
        after = self.standing()
        assert after["visits"] == {**before["visits"], **dict.fromkeys(let_go, Status.CANCELLED)}
        assert (after["waits"], after["quiet"]) == (set(), self.now)
        assert after["gently"] == gently

    @precondition(lambda self: self.before)
    @rule()
    def take_it_back(self) -> None:
        """Exactly what was stopped is there again, but for times that are gone."""
        before, late = self.before[-1], self.now >= self.before[-1]["at"] + DAY
        standing, some = self.standing(), self.visits()[0]
        stopped = self.stopped_questions(before["at"])
        try:
            with self.writing():
                visit = session().get_one(Appointment, some)
                back = care.take_back(self.hers(), visit, now=self.now, base_url=BASE)
                gone = {one.id for one in back.gone}
        except TooLate:
            assert late
            assert self.standing() == standing
            return
        assert not late
        self.did["take it back"] += 1
        self.before.pop()
        after = self.standing()
        assert gone <= before["let go"]
        came = {one: before["visits"][one] for one in before["let go"] - gone}
        assert after["visits"] == {**standing["visits"], **came}
        assert all(self.is_taken(one) for one in gone)
        assert after["quiet"] == before["quiet"]
        assert after["gently"] == before["gently"]
        assert after["waits"] == (standing["waits"] or before["waits"])  # joined anew: one place
        if after["quiet"] is None:
            assert set(self.questions_to_leave()) >= stopped & set(self.booked())

    @precondition(lambda self: self.before)
    @rule(gently=st.booleans())
    def let_messages_come_again(self, gently: bool) -> None:
        """Nothing else changes, and nothing said before can be taken back any more."""
        standing = self.standing()
        with self.writing():
            visit = session().get_one(Appointment, self.visits()[0])
            care.end(self.hers(), visit, gently=gently, now=self.now)
        self.did["let messages come again"] += 1
        self.before = []
        assert self.standing() == {**standing, "quiet": None, "gently": gently}

    # --- what the clinic and the clock do ------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 11, 60, 6 * 60, 20 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        self.claimed = [each for each in self.claimed if self.is_held(each[0])]

    @rule()
    def remind(self) -> None:
        self.now += SECOND
        with self.app.app_context():
            reminders.plan(now=self.now, base_url=BASE)

    @rule()
    def offer(self) -> None:
        self.now += SECOND
        with self.app.app_context():
            self.did["offer"] += offers.offer_freed(now=self.now, base_url=BASE)

    @precondition(lambda self: self.booked())
    @rule()
    def ask_a_question(self) -> None:
        """Reception writes about the questions of a visit that is to come."""

        visit = self.booked()[0]
        with self.writing():
            hers = session().get_one(Appointment, visit)
            key, told = f"remind:{visit}:{uuid4()}", {"base_url": BASE, "now": self.now}
            written = write_to(hers, key=key, **told)
            assert written is (hers.patient.quiet_since is None)
        self.did["ask a question"] += written

    # --- a worker, step by step, until somebody kills it ---------------------------------------

    @rule()
    def claim(self) -> None:
        with self.writing():
            outbox.stop_pointless(now=self.now)
            claimed = outbox.claim(now=self.now)
        if claimed is not None:
            self.claimed.append((claimed, None))
            self.did["claim"] += 1

    @precondition(lambda self: any(outcome is None for _, outcome in self.claimed))
    @rule()
    def hand_over(self) -> None:
        nth = next(n for n, (_, outcome) in enumerate(self.claimed) if outcome is None)
        claimed = self.claimed[nth][0]
        with self.app.app_context():
            outcome, _message = delivery.deliver(claimed, post(self.app, WrittenTransport()))
            db.session.remove()
        self.claimed[nth] = claimed, outcome
        self.did["hand over"] += 1
        assert self.stopped(Mail.id == claimed.id) == []

    @precondition(lambda self: any(outcome is not None for _, outcome in self.claimed))
    @rule()
    def settle(self) -> None:
        nth = next(n for n, (_, outcome) in enumerate(self.claimed) if outcome is not None)
        claimed, outcome = self.claimed.pop(nth)
        assert outcome is not None
        with self.writing():
            outbox.settle(claimed, outcome, None, now=self.now, jitter=0)

    @precondition(lambda self: self.claimed)
    @rule()
    def kill_the_workers(self) -> None:
        self.claimed = []
        self.did["kill"] += 1

    # --- what always holds ---------------------------------------------------------------------

    @invariant()
    def nothing_that_was_stopped_waits_to_leave(self) -> None:
        assert self.stopped(Mail.state == MailState.QUEUED) == []

    @invariant()
    def each_reminder_is_sent_once(self) -> None:
        sent = Mail.state == MailState.SENT, Mail.kind.startswith("reminders/")
        keys = [
            key.rpartition(":")[0] for (key,) in self.read(select(Mail.dedupe_key).where(*sent))
        ]
        assert len(keys) == len(set(keys))

    # --- how it stands -------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.now += SECOND
        with self.app.app_context():
            try:
                with transaction():
                    yield
            finally:
                db.session.remove()

    def made(self, what: str, act: Callable[[], object]) -> None:
        """Do it; a time that is taken, or not offered any more, is no fault."""
        try:
            with self.writing():
                act()
        except BookingError:
            return
        self.did[what] += 1

    def _book(self, service: int, when: Sequence[tuple[int, int]]) -> None:
        wanted = [
            availability.offer_at(
                session().get_one(Service, service),
                practitioner_id=self.clinic.mei,
                location_id=self.clinic.location,
                starts_at=MONDAY_9AM + day * DAY + hour * HOUR,
                now=self.now,
            )
            for day, hour in when
        ]
        held = appointments.hold_all([(offer, None) for offer in wanted], now=self.now)
        told = {"nonce": str(uuid4()), "now": self.now, "base_url": BASE}
        appointments.book(STRANGER, held.public_id, TYPED, **told)

    def hers(self) -> Actor:
        """Signed in: all her visits, whatever record they are on."""
        return Actor(person_id=session().scalars(select(Patient.resource_id)).first())

    def read(self, wanted: Any) -> list[Any]:
        with self.app.app_context():
            found = [tuple(row) for row in session().execute(wanted)]
            db.session.remove()
        return found

    def visits(self) -> list[int]:
        wanted = select(Appointment.id).where(Appointment.id > self.last_of_others)
        return [n for (n,) in self.read(wanted.order_by(Appointment.id))]

    def booked(self) -> list[int]:
        still = Appointment.status == Status.BOOKED, Appointment.starts_at > self.now
        wanted = select(Appointment.id).where(*still).order_by(Appointment.starts_at)
        return [n for (n,) in self.read(wanted)]

    def may_let_go(self, visit: int) -> list[int]:
        with self.app.app_context():
            mine = session().get_one(Appointment, visit)
            found = queries.visits_to_come(self.hers(), mine, now=self.now)
            return [one.id for one in found]

    def standing(self) -> dict[str, Any]:
        """Visits and how they stand, places on the list, since when it is quiet, if gently."""
        visits = select(Appointment.id, Appointment.status)
        waits = select(WaitingEntry.id).where(WaitingEntry.state == EntryState.WAITING)
        records = self.read(select(Patient.quiet_since, Patient.gently))
        return {
            "visits": dict(self.read(visits.where(Appointment.id > self.last_of_others))),
            "waits": {n for (n,) in self.read(waits)},
            "quiet": max((since for since, _ in records if since), default=None),
            "gently": any(gently for _, gently in records),
        }

    def stopped(self, *which: Any) -> list[str]:
        """Kinds of messages that may not leave any more: to a record around which it is quiet.

        Only what she asked for since is none of them: that she waits anew.
        """
        anew = and_(Mail.kind.startswith("waiting/"), Mail.created_at > Patient.quiet_since)
        wanted = (
            select(Mail.kind)
            .join(Patient, Patient.public_id == Mail.owner_id)
            .where(
                Patient.quiet_since.is_not(None),
                or_(*(Mail.kind.startswith(kind) for kind in MUST_STOP)),
                ~anew,
                *which,
            )
        )
        return [kind for (kind,) in self.read(wanted)]

    def is_held(self, claimed: Claimed) -> bool:
        """A hand-over ends before its lease does: each of its steps has an end of its own."""
        return self.now < claimed.claimed_at + LEASE

    def a_lease_runs(self) -> bool:
        live = Mail.state == MailState.QUEUED, Mail.claimed_at > self.now - LEASE
        return bool(self.read(select(Mail.id).where(*live)))

    def is_taken(self, visit: int) -> bool:
        """Whether a visit cannot have its time again: it is past, too late to answer, or taken."""
        [(start, end, by)] = self.read(
            select(Appointment.starts_at, Appointment.ends_at, Appointment.answer_by).where(
                Appointment.id == visit
            )
        )
        meets = Occupancy.starts_at < end, Occupancy.ends_at > start
        return min(start, by or start) <= self.now or bool(
            self.read(select(Occupancy.id).where(*meets))
        )

    def stopped_questions(self, at: datetime) -> set[int]:
        """Visits with a question that was stopped at that instant."""
        which = Mail.state == MailState.STOPPED, Mail.ended_at == at, Mail.kind == QUESTION
        return {
            int(key.split(":")[2]) for (key,) in self.read(select(Mail.dedupe_key).where(*which))
        }

    def questions_to_leave(self) -> list[int]:
        which = Mail.state == MailState.QUEUED, Mail.kind == QUESTION
        return [
            int(key.split(":")[2]) for (key,) in self.read(select(Mail.dedupe_key).where(*which))
        ]


@pytest.mark.both
def test_nothing_stopped_is_delivered_and_exactly_the_kept_comes_back(
    app: Flask, clinic: Clinic, request: pytest.FixtureRequest
) -> None:
    long = request.config.getoption("--long")
    Quiet.app, Quiet.clinic, Quiet.did = app, clinic, Counter()
    with app.app_context(), transaction():
        session().get_one(Service, clinic.follow_up).mode = BookingMode.REQUEST
    run_state_machine_as_test(
        Quiet,
        settings=settings(
            max_examples=300 if long else 12,
            stateful_step_count=50 if long else 30,
            derandomize=not long,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {
        "book",
        "wait",
        "ask a question",
        "make it quiet",
        "take it back",
        "hand over",
        "kill",
    } <= set(Quiet.did)
