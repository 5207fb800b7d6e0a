"""Everything that can happen to time and visits, in any order, done twice: product and plain model.

`living.py` is what a patient does alone; here are series, the desk, an ill practitioner, the
waiting list and the quiet switch. `--long` goes further.
"""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import and_, select

from booking.access.policy import STRANGER
from booking.appointments import actions
from booking.appointments.actions import desk
from booking.appointments.models import Hold as HoldRow
from booking.appointments.queries import away
from booking.appointments.rules import Slot
from booking.availability.rules import epoch_minute, instant_of
from booking.care import actions as care
from booking.clinic.models import Practitioner, Service
from booking.core.db import session, transaction
from booking.waiting import actions as waiting
from booking.waiting import queries as waiting_queries
from booking.waiting.models import WaitingEntry, WaitingOffer
from booking.waiting.rules import OfferState
from tests import factories
from tests.drills.checker import check
from tests.drills.life import DAY, HOLD, Kind, Wait
from tests.drills.living import BASE_URL, KINDS, STAFF, Life

pytestmark = [pytest.mark.both, pytest.mark.xdist_group("drills")]

# What a run does, but for a few of them.
DONE = {"hold", "book", "move", "cancel", "book a series", "move the rest", "cancel the rest"}
DONE |= {"add", "desk move", "swap", "add over", "missed", "take another time"}
DONE |= {"take offer", "pass", "quiet", "take back"}
days = st.sampled_from([1, 1, -1])
shifts = st.sampled_from([0, 0, -20, -5, 5, 15, 30])
kinds, staff, free_times = st.sampled_from(KINDS), st.sampled_from(STAFF), st.integers(0, 200)


class WholeLife(Life):
    """One clinic, with everybody in it."""

    visits = Life.visits
    holds = Life.holds
    waits = Bundle("waits")
    ills = Bundle("ills")

    def teardown(self) -> None:
        """Nobody of this clinic is offered anything while the next one lives."""
        for wait in self.clinic.waits:
            with self.writing():
                waiting.leave(STRANGER, self._entry(wait), now=self.now)

    # --- a series ------------------------------------------------------------------------------

    @rule(target=holds, kind=kinds, who=staff, free=free_times, legs=st.integers(2, 3))
    def hold_series(self, kind: Kind, who: str, free: int, legs: int) -> Any:
        """The same hour on days that follow."""
        start = self._wish(kind, who, -1, free)
        return self._hold_all(kind, who, [(start + n * DAY, "") for n in range(legs)])

    @rule(target=visits, near=visits, of=visits, kind=kinds, who=staff, shift=shifts, day=days)
    def book_series(self, near: str, of: str, kind: Kind, who: str, shift: int, day: int) -> Any:
        """Two days, on one of which there is a visit near, perhaps of the same person."""
        start, person = self.clinic.visits[near].start + shift, self._person(of)
        first, second = sorted((start, start + day * DAY))
        hold = self._hold_all(kind, who, [(first, ""), (second, "")])
        if not isinstance(hold, str):
            return multiple()
        self.did["book a series", self.clinic.may_book(hold, person)] += 1
        return self._book(hold, person)

    @rule(visit=visits, who=staff, shift=st.sampled_from([30, 60, -60, 120]), wait=st.booleans())
    def move_the_rest(self, visit: str, who: str, shift: int, wait: bool) -> None:
        """This visit and the later ones of its series, by the same step."""
        rest, kind = self.clinic.rest(visit), self.clinic.visits[visit].kind
        wanted = [(self.clinic.visits[leg].start + shift, leg) for leg in rest]
        hold = self._hold_all(kind, who, wanted) if rest else None
        if isinstance(hold, str):
            self.clinic.now += HOLD - 1 if wait else 0
            self.move(hold)

    @rule(visit=visits)
    def cancel_the_rest(self, visit: str) -> None:
        clinic = self.clinic
        due = [leg for leg in clinic.rest(visit) if not clinic.may_change(leg)]

        def act() -> None:
            told = {"now": self.now, "base_url": BASE_URL}
            gone = actions.cancel_rest(STRANGER, self._row(visit), **told)
            assert [row.public_id for row in gone] == [self.public[leg] for leg in due]

        self.agreed("cancel the rest" if due else "cancel nothing", "", act)
        for leg in due:
            clinic.cancel(leg)
            self._note(leg)

    # --- at the desk ---------------------------------------------------------------------------

    @rule(target=visits, of=visits, kind=kinds, who=staff, free=free_times, shift=shifts)
    def add(self, of: str, kind: Kind, who: str, free: int, shift: int) -> Any:
        """Book for a patient who is found."""
        start = self._wish(kind, who, -1, free) + shift
        expected = self.clinic.may_place(kind, who, start, self._person(of))
        name = f"visit {next(self.names)}"

        def act() -> None:
            who_comes, what = self._row(of).patient.public_id, self._service_id(kind)
            told = {"nonce": str(uuid4()), "now": self.now, "base_url": BASE_URL}
            row = desk.add_visit(self.desk, who_comes, what, self._slot(who, start), **told)
            self._booked([name], [row], self._person(of))

        if not self.agreed("add", expected, act):
            return multiple()
        self.clinic.add(name, kind, who, start, self._person(of))
        self._note(name)
        return name

    @rule(visit=visits, who=staff, shift=st.sampled_from([0, 5, -30, 60, 120, DAY]))
    def desk_move(self, visit: str, who: str, shift: int) -> None:
        start = self.clinic.visits[visit].start + shift

        def act() -> None:
            told = {"now": self.now, "base_url": BASE_URL}
            desk.move_visit(self.desk, self.public[visit], self._slot(who, start), **told)

        if self.agreed("desk move", self.clinic.may_desk_move(visit, who, start), act):
            self.clinic.desk_move(visit, who, start)
            self._note(visit)

    @rule(first=visits, second=visits)
    def swap(self, first: str, second: str) -> None:
        def act() -> None:
            both, told = (self.public[first], self.public[second]), {"now": self.now}
            desk.swap_visits(self.desk, *both, **told, base_url=BASE_URL)

        if self.agreed("swap", self.clinic.swap(first, second), act):
            self._note(first)
            self._note(second)

    @rule(target=visits, of=visits, near=visits, kind=kinds, shift=shifts)
    def add_over(self, of: str, near: str, kind: Kind, shift: int) -> Any:
        """Book beside or over a visit there is."""
        met, person = self.clinic.visits[near], self._person(of)
        start, name = met.start + shift, f"visit {next(self.names)}"
        if start < self.clinic.now:
            return multiple()

        def act() -> None:
            who_comes, what = self._row(of).patient.public_id, self._service_id(kind)
            slot = self._slot(self.clinic.visits[near].who, start)
            told = {"nonce": str(uuid4()), "now": self.now, "base_url": BASE_URL}
            row = desk.add_over(self.desk, who_comes, what, slot, reason="In pain", **told)
            self._booked([name], [row], person)

        expected = self.clinic.add_over(name, kind, met.who, start, person)
        if not self.agreed("add over", expected, act):
            return multiple()
        self._note(name)
        return name

    @rule(visit=visits, back=st.booleans(), wait=st.booleans())
    def missed(self, visit: str, back: bool, wait: bool) -> None:
        """She did not come, or did after all."""
        found, (before, after) = self.clinic.visits[visit], ("booked", "no-show")
        if wait and self.clinic.is_today(visit):
            self.clinic.now = max(self.clinic.now, found.start)
        act, begun = desk.mark_missed, found.start <= self.clinic.now
        if back:
            act, begun, before, after = desk.undo_missed, True, after, before
        may = found.status == after or (found.status == before and begun)
        did = "came after all" if back else "missed"
        if self.agreed(
            did, "" if may else "state", lambda: act(self.desk, self.public[visit], now=self.now)
        ):
            found.status = after

    # --- a practitioner is ill -----------------------------------------------------------------

    @rule(target=ills, visit=visits, hours=st.integers(1, 30), nth=st.integers(-3, 5))
    def fall_ill(self, visit: str, hours: int, nth: int) -> Any:
        """From a visit's start on: it stays booked, and so do the others, until one answers."""
        found, name = self.clinic.visits[visit], f"ill {next(self.names)}"
        start, end = found.start, found.start + hours * 60
        if end <= self.clinic.now:
            return multiple()

        def act() -> None:
            one = session().get_one(Practitioner, self.ids[found.who])
            span, told = (instant_of(start), instant_of(end)), {"now": self.now}
            absence = desk.note_absence(self.desk, one, *span, **told, base_url=BASE_URL)
            self.public[name] = absence.public_id

        self.agreed("ill", "", act)
        self.clinic.fall_ill(name, found.who, start, end)
        if nth >= 0:
            self.take_another_time(visit, nth)
        return name

    @rule(ill=consumes(ills))
    def get_well(self, ill: str) -> None:
        told = {"now": self.now, "base_url": BASE_URL}
        self.agreed("well", "", lambda: desk.note_well(self.desk, self.public[ill], **told))
        self.clinic.get_well(ill)

    @rule(visit=visits, nth=st.integers(0, 5))
    def take_another_time(self, visit: str, nth: int) -> None:
        """She whose practitioner is ill answers with one of the times that are shown."""
        with self.reading():
            asked = away.asked_about(self._row(visit))
            slots = away.slots_for(asked, now=self.now) if asked else []
        names = {public_id: name for name, public_id in self.staff_public.items()}
        times = sorted((epoch_minute(each.starts_at), names[each.practitioner]) for each in slots)
        if not times:
            return
        start, who = times[nth % len(times)]
        slot = self._slot(who, start)

        def act() -> None:
            asked, told = away.asked_about(self._row(visit)), {"now": self.now}
            assert asked is not None
            desk.take_other_time(STRANGER, asked, slot, **told, base_url=BASE_URL)

        expected = self.clinic.may_desk_move(visit, who, start)
        if self.agreed("take another time", expected, act):
            self.clinic.desk_move(visit, who, start)
            self._note(visit)

    # --- the waiting list ----------------------------------------------------------------------

    @rule(target=visits, of=visits, kind=kinds, then=st.sampled_from(["take", "pass", "leave"]))
    def wait_and_answer(self, of: str, kind: Kind, then: str) -> Any:
        """Join, be offered what is free, and answer at once."""
        wait = self.join(of, kind)
        self.offer_next()
        if then == "take":
            return self.take_offer(wait)
        self.pass_or_leave(wait, leave=then == "leave")
        return multiple()

    @rule(target=waits, of=visits, kind=kinds)
    def join(self, of: str, kind: Kind) -> Any:
        """Wait for a kind of visit; twice is once."""
        person, nth = self._person(of), next(self.names)
        name = self.clinic.place_of(person, kind) or f"wait {nth}"

        def act() -> None:
            wanted = waiting.Wanted(service_id=self.services[kind.name])
            told = {"network": None, "now": self.now, "base_url": BASE_URL}
            entry = waiting.join(self.desk, self._row(of).patient, wanted, **told)
            assert entry is not None
            assert self.public.setdefault(name, entry.public_id) == entry.public_id

        self.agreed("join", "", act)
        self.clinic.waits.setdefault(name, Wait(person, kind, (self.clinic.now, nth)))
        return name

    @rule()
    def offer_next(self) -> None:
        """The first who can have a time not offered to her yet is offered her soonest."""
        clinic, name = self.clinic, f"hold {next(self.names)}"
        clinic.lapse()
        with self.writing():
            done = waiting.offer_next(now=self.now, base_url=BASE_URL)
        for wait in clinic.queue():
            if done and (offer := self._offer(wait, name)) is not None:
                soonest = min(clinic.untried(wait), default=offer[1])
                assert offer not in clinic.waits[wait].tried
                assert offer[1] <= soonest
                assert clinic.may_have(wait, *offer)
                clinic.offer(wait, name, *offer)
                return
            assert not clinic.untried(wait)
        assert not done

    def _offer(self, wait: str, name: str) -> tuple[str, int] | None:
        """What is kept for her in the product, if anything: (practitioner, start)."""
        with self.reading():
            offer = waiting_queries.open_offer(self._entry(wait).id, now=self.now)
            if offer is None:
                return None
            self.public[name] = session().get_one(HoldRow, offer.hold_id).public_id
            who = next(n for n, number in self.ids.items() if number == offer.practitioner_id)
            return who, epoch_minute(offer.starts_at)

    @rule(target=visits, wait=waits)
    def take_offer(self, wait: str) -> Any:
        """Book what is kept for her, if it is."""
        clinic, entry, name = self.clinic, self.clinic.waits[wait], f"visit {next(self.names)}"

        def act() -> None:
            told = {"now": self.now, "base_url": BASE_URL}
            row = waiting.take(STRANGER, self._entry(wait), **told)
            self._booked([name], [row], entry.person)

        expected = clinic.may_book(entry.offer, entry.person) if clinic.is_open(wait) else "over"
        if not self.agreed("take offer", expected, act):
            return multiple()
        clinic.book(entry.offer, (name,), entry.person)
        entry.state, entry.offer = "met", ""
        self._note(name)
        return name

    @rule(wait=waits, leave=st.booleans())
    def pass_or_leave(self, wait: str, leave: bool) -> None:
        """Let it go to the next, and stay on the list or not; both go without anything kept."""
        act, kept = waiting.leave if leave else waiting.pass_on, self.clinic.is_open(wait)
        did = "leave" if leave else "pass" if kept else "pass nothing"
        self.agreed(did, "", lambda: act(STRANGER, self._entry(wait), now=self.now))
        if leave:
            self.clinic.leave_list(wait)
        elif kept:
            self.clinic.settle_offer(wait)

    @invariant()
    def who_waits(self) -> None:
        waits = self.clinic.waits
        with self.reading():
            open_now = WaitingOffer.state == OfferState.OPEN, WaitingOffer.answer_by > self.now
            wanted = select(WaitingEntry, WaitingOffer.id).outerjoin(
                WaitingOffer, and_(WaitingOffer.entry_id == WaitingEntry.id, *open_now)
            )
            ids = [self.public[name] for name in waits]
            rows = session().execute(wanted.where(WaitingEntry.public_id.in_(ids))).all()
        found = {entry.public_id: (entry.state.value, bool(offer)) for entry, offer in rows}
        assert found == {
            self.public[n]: (w.state, self.clinic.is_open(n)) for n, w in waits.items()
        }

    # --- the quiet switch ----------------------------------------------------------------------

    @rule(visit=visits, which=st.integers(0, 2**6 - 1), back=st.booleans())
    def something_has_changed(self, visit: str, which: int, back: bool) -> None:
        """Some or all of her visits to come are let go, and she waits no more; perhaps in error."""
        person = self._person(visit)
        to_come = self.clinic.to_come(person)
        let_go = [each for nth, each in enumerate(to_come) if which >> nth % 6 & 1]

        def act() -> None:
            told = {"now": self.now, "wait_until": self.now, "base_url": BASE_URL}
            ids = {self.public[each] for each in let_go}
            care.say(self.desk, self._row(visit), let_go=ids, gently=True, **told)

        self.agreed("quiet", "", act)
        self.clinic.something_changed(person, let_go)
        for each in let_go:
            self._note(each)
        if back:
            self.take_it_back(visit)

    @rule(visit=visits)
    def take_it_back(self, visit: str) -> None:
        """Exactly what was stopped is there again, as far as it is still free."""
        change = self.clinic.last_change(self._person(visit))

        def act() -> None:
            care.take_back(self.desk, self._row(visit), now=self.now, base_url=BASE_URL)

        did = "take back" if change and change.visits else "take nothing back"
        if self.agreed(did, "" if change else "late", act) and change:
            self.clinic.take_back(change)
            for each in change.visits:
                self._note(each)

    # --- small things --------------------------------------------------------------------------

    def _person(self, visit: str) -> str:
        return self.clinic.visits[visit].person

    def _slot(self, who: str, start: int) -> Slot:
        return Slot(self.staff_public[who], self.place_public, instant_of(start))

    def _service_id(self, kind: Kind) -> UUID:
        return session().get_one(Service, self.services[kind.name]).public_id

    def _entry(self, wait: str) -> WaitingEntry:
        return waiting_queries.entry(self.public[wait])


def test_product_and_model_agree_whatever_happens(
    app: Flask, request: pytest.FixtureRequest
) -> None:
    """Holds sec_D8."""
    long = request.config.getoption("--long")
    Life.app, Life.history, Life.did = app, {}, Counter()
    with app.app_context(), transaction():
        factories.make_organisation()
    run_state_machine_as_test(
        WholeLife,
        settings=settings(
            max_examples=120 if long else 20,
            stateful_step_count=60 if long else 40,
            derandomize=not long,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    check(app, Life.history)
    missing = DONE - {what for what, refused in Life.did if not refused}
    assert len(missing) <= 4, missing
    assert len({refused for _, refused in Life.did if refused}) >= 4
