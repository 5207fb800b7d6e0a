"""What one patient does with time and visits, done twice: in the product and in the plain model.

After each step both say the same of who is taken when, of how visits stand, and of what is
offered: nothing that is taken, and every time that is free.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import or_, select

from booking.access.policy import STRANGER, Actor, Role
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.appointments.models import Hold as HoldRow
from booking.appointments.queries import patient as patient_queries
from booking.availability import actions as availability
from booking.availability import queries as offering
from booking.availability.actions.stranding import WouldStrand
from booking.availability.rules import epoch_minute, instant_of
from booking.availability.rules.leave import Leave
from booking.availability.rules.weeks import Stretch
from booking.clinic.models import (
    BookingMode,
    Location,
    Practitioner,
    Room,
    SegmentKind,
    Service,
    ServiceSegment,
)
from booking.core.db import db, session, transaction
from booking.core.errors import (
    AlreadyTaken,
    BookingError,
    HoldOver,
    NotOffered,
    TooLate,
    WrongState,
)
from booking.occupancy.models import Occupancy
from tests import factories
from tests.drills.checker import Known
from tests.drills.life import DAY, HOLD, WALL, Clinic, Hold, Kind, Taken, Week
from tests.factories import MONDAY

KINDS = (
    Kind("long", ((True, 60),), ("first", "second")),
    Kind("short", ((True, 30),), ("first",), before=5, after=10),
    Kind("asked", ((True, 45),), ("second",), notice=300, waits=90),
    Kind("staggered", ((True, 20), (False, 25), (True, 10)), ("first", "second")),
)
KIND = {kind.name: kind for kind in KINDS}
STAFF, PEOPLE = ("mei", "ines"), ("amara", "noor", "eve")
EPOCH_DAY = date(1970, 1, 1)
BEGIN = epoch_minute(datetime.combine(MONDAY, time(6), UTC))
REFUSALS = {"over": HoldOver, "elsewhere": AlreadyTaken, "state": WrongState, "late": TooLate}
REFUSALS["gone"] = NotOffered
BASE_URL = "http://localhost"
worlds = count()


hours = st.integers(16, 40).map(lambda quarter: quarter * 30)  # 08:00 to 20:00
stretches = st.tuples(st.integers(0, 6), hours, hours).filter(lambda s: s[1] < s[2])


def without_overlap(found: list[tuple[int, int, int]]) -> Week:
    kept: list[tuple[int, int, int]] = []
    for each in sorted(found):
        if not kept or kept[-1][0] != each[0] or kept[-1][2] <= each[1]:
            kept.append(each)
    return frozenset(kept)


weeks = st.lists(stretches, min_size=2, max_size=8).map(without_overlap)


class Life(RuleBasedStateMachine):
    """One clinic, from its first published hours on."""

    app: Flask
    history: dict[UUID, Known]
    did: Counter[tuple[str, str]]
    holds = Bundle("holds")
    visits = Bundle("visits")

    @initialize(target=visits)
    def found(self) -> Any:
        """Rows of a clinic of its own; many live in one database and know nothing of each other.

        It has two visits and a series already, so that there is something to meet.
        """
        self.number, self.names, self.steps = next(worlds), count(), count()
        self.clinic = Clinic(now=BEGIN, staff=STAFF, kinds=KINDS)
        self.public: dict[str, UUID] = {}
        with self.writing():
            self._furnish()
        for who in STAFF:
            self.publish(who, frozenset((n, 9 * 60, 17 * 60) for n in range(5)), 0)
        holds = [
            self._hold(KIND["long"], "mei", self._wish(KIND["long"], "mei", -1, 4)),
            self._hold(KIND["short"], "ines", self._wish(KIND["short"], "ines", -1, 0)),
            self._hold_all(KIND["staggered"], "mei", [(BEGIN + n * DAY + 420, "") for n in (0, 1)]),
        ]
        made = [self._book(hold, person) for hold, person in zip(holds, PEOPLE, strict=True)]
        return multiple(*(name for each in made for name in each.values))

    def _furnish(self) -> None:
        users = [
            factories.make_user(who, f"{who}{self.number}@canalstreet.example", Role.PRACTITIONER)
            for who in STAFF
        ]
        desk = factories.make_user("desk", f"desk{self.number}@canalstreet.example", Role.RECEPTION)
        place = factories.make_location(name=f"Canal {self.number}")
        staff = [factories.make_practitioner(u.name, user=u, position=self.number) for u in users]
        rooms = dict(zip(("first", "second"), place.rooms, strict=True))
        self.place, self.place_public = place.id, place.public_id
        self.desk = Actor(roles=frozenset({Role.RECEPTION}), user_id=desk.id)
        self.ids = {one.name: one.id for one in staff}
        self.staff_public = {one.name: one.public_id for one in staff}
        self.actors = {
            one.name: Actor(
                roles=frozenset({Role.PRACTITIONER}), user_id=one.user_id, practitioner_id=one.id
            )
            for one in staff
        }
        self.resources = {one.name: one.resource_id for one in staff}
        self.resources |= {name: room.resource_id for name, room in rooms.items()}
        self.services = {k.name: self._service(k, staff, rooms) for k in KINDS}

    def _service(self, kind: Kind, staff: list[Practitioner], rooms: dict[str, Room]) -> int:
        service = factories.make_service(
            kind.name,
            kind.length,
            practitioners=staff,
            rooms=[rooms[name] for name in kind.rooms],
            minutes_before=kind.before,
            minutes_after=kind.after,
            grid_minutes=kind.grid,
            minimum_notice_minutes=kind.notice,
            horizon_days=kind.horizon,
            move_window_minutes=kind.closes,
            cancel_window_minutes=kind.closes,
            mode=BookingMode.ONLINE if kind.waits is None else BookingMode.REQUEST,
            request_minutes=kind.waits or 0,
        )
        (_, service.segments[0].minutes), *more = kind.parts  # every visit begins hands-on
        for nth, (hands_on, minutes) in enumerate(more, 1):
            part = SegmentKind.HANDS_ON if hands_on else SegmentKind.RESTING
            service.segments.append(ServiceSegment(position=nth, kind=part, minutes=minutes))
        session().flush()
        return service.id

    # --- doing it in the product ---------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.reading(), transaction():
            yield

    @property
    def now(self) -> datetime:
        return instant_of(self.clinic.now)

    def refused(self, act: Callable[[], Any]) -> BookingError | None:
        """Do it in a transaction of its own; what it was refused with, if it was."""
        try:
            with self.writing():
                act()
        except BookingError as why:
            return why
        return None

    def agreed(self, what: str, expected: str, act: Callable[[], Any]) -> bool:
        """Do it; whether it was done. The model must have said so, or why not."""
        why = self.refused(act)
        self.did[what, expected] += 1
        wanted = REFUSALS.get(expected)
        assert (why is None) if wanted is None else isinstance(why, wanted), (expected, why)
        return why is None

    def seeing_visits(self, act: Callable[[str], Any]) -> None:
        """Change hours; where that strands visits, they are shown once and then it is done."""
        why = self.refused(lambda: act(""))
        if isinstance(why, WouldStrand):
            assert why.visits
            why = self.refused(lambda token=why.token: act(token))
        assert why is None

    def day(self, ahead: int) -> date:
        return EPOCH_DAY + timedelta(days=(self.clinic.now + WALL) // DAY + ahead)

    # --- hours ---------------------------------------------------------------------------------

    @rule(who=st.sampled_from(STAFF), week=weeks, ahead=st.integers(0, 3))
    def publish(self, who: str, week: Week, ahead: int) -> None:
        first = self.day(ahead)
        told = [
            Stretch(day, time(start // 60, start % 60), time(end // 60, end % 60))
            for day, start, end in sorted(week)
        ]
        plan = availability.Plan(week=told, first=first)
        self.seeing_visits(
            lambda seen: availability.publish_week(
                self.actors[who], self.place_public, plan, seen=seen, now=self.now
            )
        )
        self.clinic.publish(who, week, (first - EPOCH_DAY).days)

    @rule(
        who=st.sampled_from(STAFF),
        ahead=st.integers(1, 3),
        days=st.integers(0, 1),
        start=hours,
        end=hours,
    )
    def take_time_off(self, who: str, ahead: int, days: int, start: int, end: int) -> None:
        if days == 0 and end <= start:
            return
        first, last = self.day(ahead), self.day(ahead + days)
        leave = Leave(
            first_day=first,
            last_day=last,
            starts=time(start // 60, start % 60),
            ends=time(end // 60, end % 60),
        )
        self.seeing_visits(
            lambda seen: availability.take_time_off(
                self.actors[who], leave, note="", seen=seen, now=self.now
            )
        )
        midnights = [(day - EPOCH_DAY).days * DAY - WALL for day in (first, last)]
        self.clinic.leave(who, midnights[0] + start, midnights[1] + end)

    @rule(minutes=st.integers(1, 9))
    def wait(self, minutes: int) -> None:
        self.clinic.now += minutes

    @rule(minutes=st.sampled_from([HOLD, 50, 600, DAY]))
    def wait_long(self, minutes: int) -> None:
        self.clinic.now += minutes

    # --- keeping a time ------------------------------------------------------------------------

    @rule(
        target=holds,
        kind=st.sampled_from(KINDS),
        who=st.sampled_from(STAFF),
        quarter=st.integers(0, 4 * 96),
        free=st.integers(0, 400),
    )
    def hold(self, kind: Kind, who: str, quarter: int, free: int) -> Any:
        """Mostly one that is free, else any."""
        start = self._wish(kind, who, quarter, free)
        return self._hold(kind, who, start)

    @rule(
        target=holds,
        visit=visits,
        kind_free=st.integers(0, 400),
        who=st.sampled_from(STAFF),
        step=st.one_of(st.none(), st.integers(-6, 6)),
    )
    def hold_to_move(self, visit: str, kind_free: int, who: str, step: int | None) -> Any:
        """Half of the time one that meets the visit's own time, else any that is free."""
        moving = self.clinic.visits[visit]
        start = moving.start + (step or 0) * 15
        if step is None:
            start = self._wish(moving.kind, who, -1, kind_free)
        return self._hold(moving.kind, who, start, moving=visit)

    def _wish(self, kind: Kind, who: str, quarter: int, free: int) -> int:
        if quarter % 4 == 0:
            return self.clinic.now // 15 * 15 + quarter * 15
        offers = [start for whose, start in self.clinic.seen().offers(kind) if whose == who]
        return offers[free % len(offers)] if offers else self.clinic.now // 15 * 15

    def _hold(self, kind: Kind, who: str, start: int, moving: str = "") -> Any:
        return self._hold_all(kind, who, [(start, moving)])

    def _hold_all(self, kind: Kind, who: str, wanted: list[tuple[int, str]]) -> Any:
        """Keep times together, each perhaps for a visit that moves there; the first one's name."""
        clinic = self.clinic
        names = tuple(f"hold {next(self.names)}" for _ in wanted)
        people = [clinic.visits[moving].person if moving else "" for _, moving in wanted]
        seen = [clinic.seen(but=[moving]) for _, moving in wanted]
        offered = all(
            each.offered(kind, who, start, person=person)
            for each, (start, _), person in zip(seen, wanted, people, strict=True)
        )

        def act() -> None:
            visits = [self._row(moving) if moving else None for _, moving in wanted]
            person_id = visits[0].patient.resource_id if visits[0] else None
            offers = [
                offering.offer_at(
                    session().get_one(Service, self.services[kind.name]),
                    practitioner_id=self.ids[who],
                    location_id=self.place,
                    starts_at=instant_of(start),
                    now=self.now,
                    person_id=person_id,
                    but_appointment_id=visit.id if visit else None,
                )
                for (start, _), visit in zip(wanted, visits, strict=True)
            ]
            moved = [visit.id if visit else None for visit in visits]
            kept = actions.hold_all(
                list(zip(offers, moved, strict=True)), now=self.now, person_id=person_id
            )
            together = patient_queries.kept_together(kept)
            self.public |= {n: k.public_id for n, k in zip(names, together, strict=True)}

        if not self.agreed("hold", "" if offered else "gone", act):
            return multiple()
        rooms = [each.room(kind, start) for each, (start, _) in zip(seen, wanted, strict=True)]
        for name, room, (start, moving) in zip(names, rooms, wanted, strict=True):
            assert room is not None
            ends, together = clinic.now + HOLD, names if len(names) > 1 else ()
            clinic.hold(name, Hold(kind, who, room, start, clinic.now, ends, moving, together))
        return names[0]

    @rule(hold=holds)
    def extend(self, hold: str) -> None:
        if hold not in self.clinic.holds:
            return
        may = self.clinic.may_extend(hold)
        done = self.agreed(
            "extend",
            "" if may else "over",
            lambda: actions.extend_hold(self._kept(hold), now=self.now),
        )
        if done:
            self.clinic.extend(hold)

    @rule(hold=consumes(holds))
    def let_go(self, hold: str) -> None:
        if hold in self.clinic.holds:
            self.agreed("let go", "", lambda: actions.release_hold(self._kept(hold)))
            self.clinic.let_go(hold)

    # --- visits --------------------------------------------------------------------------------

    @rule(
        target=visits,
        kind=st.sampled_from(KINDS),
        who=st.sampled_from(STAFF),
        free=st.integers(0, 200),
        person=st.sampled_from(PEOPLE),
    )
    def come_and_book(self, kind: Kind, who: str, free: int, person: str) -> Any:
        """Keep a free time and book it, without anything in between."""
        hold = self._hold(kind, who, self._wish(kind, who, -1, free))
        return self._book(hold, person) if isinstance(hold, str) else multiple()

    @rule(target=visits, hold=holds, person=st.sampled_from(PEOPLE))
    def book(self, hold: str, person: str) -> Any:
        kept = self.clinic.holds.get(hold)
        return multiple() if kept is None or kept.moving else self._book(hold, person)

    def _book(self, hold: str, person: str) -> Any:
        clinic = self.clinic
        names = tuple(f"visit {next(self.names)}" for _ in clinic.kept_with(hold))

        def act() -> None:
            booked = actions.book(
                STRANGER,
                self.public[hold],
                self._details(person),
                nonce=str(self.public[hold]),
                now=self.now,
                base_url=BASE_URL,
            )
            self._booked(names, patient_queries.series_of(booked) or [booked], person)

        if not self.agreed("book", clinic.may_book(hold, person), act):
            return multiple()
        clinic.book(hold, names, person)
        for name in names:
            self._note(name)
        return multiple(*names)

    def _booked(self, names: Sequence[str], rows: Sequence[Appointment], person: str) -> None:
        self.public |= {n: row.public_id for n, row in zip(names, rows, strict=True)}
        self.resources[person] = rows[0].patient.resource_id

    @rule(visit=visits, who=st.sampled_from(STAFF), free=st.integers(0, 200))
    def come_and_move(self, visit: str, who: str, free: int) -> None:
        """Keep another time for a visit and move it there, without anything in between."""
        kind = self.clinic.visits[visit].kind
        hold = self._hold(kind, who, self._wish(kind, who, -1, free), moving=visit)
        if isinstance(hold, str):
            self.move(hold)

    @rule(hold=consumes(holds))
    def move_to_kept(self, hold: str) -> None:
        kept = self.clinic.holds.get(hold)
        if kept is not None and kept.moving:
            self.move(hold)

    def move(self, hold: str) -> None:
        """Move the visit to its time; the rest of a series to the times kept together."""
        clinic = self.clinic
        moving = [clinic.holds[each].moving for each in clinic.kept_with(hold)]

        def act() -> None:
            kept, told = self._kept(hold), {"now": self.now, "base_url": BASE_URL}
            if len(moving) > 1:
                actions.move_rest(STRANGER, kept, **told)
            else:
                actions.move(STRANGER, self._row(moving[0]), kept, **told)

        what = "move" if len(moving) == 1 else "move the rest"
        if self.agreed(what, clinic.may_move(hold), act):
            clinic.move(hold)
            for visit in moving:
                self._note(visit)

    @rule(visit=visits)
    def cancel(self, visit: str) -> None:
        clinic = self.clinic
        already = clinic.visits[visit].status == "cancelled"
        expected = "" if already else clinic.may_change(visit)

        def act() -> None:
            actions.cancel(STRANGER, self._row(visit), now=self.now, base_url=BASE_URL)

        if self.agreed("cancel", expected, act):
            clinic.cancel(visit)
            self._note(visit)

    @rule(visit=visits, answer=st.sampled_from(["booked", "declined", "cancelled"]))
    def answer(self, visit: str, answer: str) -> None:
        """Approve or decline a request, or take it back."""
        clinic = self.clinic
        expected = clinic.may_answer(visit)
        if answer == "cancelled" and clinic.visits[visit].status == "cancelled":
            expected = ""  # twice is once

        def act() -> None:
            row, now = self._row(visit), self.now
            if answer == "cancelled":
                actions.withdraw(STRANGER, row, now=now)
            elif answer == "booked":
                actions.approve_request(self.desk, row, now=now, base_url=BASE_URL)
            else:
                actions.decline_request(self.desk, row, alternatives=(), now=now, base_url=BASE_URL)

        if self.agreed("answer", expected, act):
            clinic.answer(visit, answer)
            self._note(visit)

    @rule(visit=visits)
    def expire(self, visit: str) -> None:
        """Write down that nobody answered in time, where that is so."""
        late = self.clinic.is_late(visit)

        def act() -> None:
            actions.expire_request(self._row(visit).id, now=self.now, base_url=BASE_URL)

        self.agreed("expire", "", act)
        if late:
            self.clinic.answer(visit, "expired")

    @rule(visit=visits)
    def arrive(self, visit: str) -> None:
        found = self.clinic.visits[visit]
        may = found.status == "arrived" or (
            found.status == "booked" and self.clinic.is_today(visit)
        )
        act = lambda: actions.mark_arrived(self.desk, self.public[visit], now=self.now)  # noqa: E731
        if self.agreed("arrive", "" if may else "state", act):
            found.status = "arrived"

    @rule(visit=visits)
    def undo_arrive(self, visit: str) -> None:
        found = self.clinic.visits[visit]
        may = found.status in {"arrived", "booked"}
        act = lambda: actions.undo_arrived(self.desk, self.public[visit], now=self.now)  # noqa: E731
        if self.agreed("undo", "" if may else "state", act):
            found.status = "booked"

    def _details(self, person: str) -> dict[str, Any]:
        return {
            "name": f"{person} {self.number}",
            "email": f"{person}{self.number}@example.org",
            "phone": "07700 900 123",
            "channels": ["email"],
        }

    def _row(self, visit: str) -> Appointment:
        wanted = select(Appointment).where(Appointment.public_id == self.public[visit])
        return session().scalars(wanted).one()

    def _kept(self, hold: str) -> HoldRow:
        wanted = select(HoldRow).where(HoldRow.public_id == self.public[hold])
        return session().scalars(wanted).one()

    def _note(self, visit: str) -> None:
        found = self.clinic.visits[visit]
        known = Known(instant_of(found.start), cancelled=found.status == "cancelled")
        self.history[self.public[visit]] = known

    # --- both agree ----------------------------------------------------------------------------

    @invariant()
    def who_is_taken_when(self) -> None:
        names = {number: name for name, number in self.resources.items()}
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        with self.reading():
            owners = self._owners()
            rows = select(Occupancy).where(
                Occupancy.resource_id.in_(names),
                or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > self.now),
            )
            for row in session().scalars(rows):
                owner = owners[row.hold_id, row.appointment_id]
                minutes = range(epoch_minute(row.starts_at), epoch_minute(row.ends_at))
                assert found[owner, names[row.resource_id]].isdisjoint(minutes)
                found[owner, names[row.resource_id]].update(minutes)
        expected: dict[tuple[str, str], set[int]] = defaultdict(set)
        for each in self._live():
            expected[each.owner, each.of] |= each.minutes
        assert found == expected

    def _owners(self) -> dict[tuple[int | None, int | None], str]:
        public = {public_id: name for name, public_id in self.public.items()}
        found: dict[tuple[int | None, int | None], str] = {}
        for hold in session().scalars(select(HoldRow).where(HoldRow.public_id.in_(public))):
            found[hold.id, None] = public[hold.public_id]
        for row in session().scalars(select(Appointment).where(Appointment.public_id.in_(public))):
            found[None, row.id] = public[row.public_id]
        return found

    def _live(self) -> list[Taken]:
        now = self.clinic.now
        return [each for each in self.clinic.taken if each.ends is None or each.ends > now]

    @invariant()
    def nobody_is_at_two_places(self) -> None:
        """The model itself: what the product is compared with is sound."""
        seen: dict[str, set[int]] = defaultdict(set)
        for each in self._live():
            assert seen[each.of].isdisjoint(each.minutes), each
            seen[each.of] |= each.minutes

    @invariant()
    def how_visits_stand(self) -> None:
        visits = self.clinic.visits
        with self.reading():
            wanted = Appointment.public_id.in_([self.public[name] for name in visits])
            rows = session().scalars(select(Appointment).where(wanted))
            found = {row.public_id: (row, row.overlap_reason_sealed is not None) for row in rows}
        for name, visit in visits.items():
            row, over = found[self.public[name]]
            stands = (row.status.value, epoch_minute(row.starts_at), row.practitioner_id, over)
            assert stands == (visit.status, visit.start, self.ids[visit.who], visit.over)

    @invariant()
    def what_is_offered(self) -> None:
        """Nothing that is taken, and every time in hours that is free. Every other step, of one."""
        seen = self.clinic.seen()
        names = {number: name for name, number in self.ids.items()}
        step, rest = divmod(next(self.steps), 2)
        for kind in () if rest else (KINDS[step % len(KINDS)],):
            with self.reading():
                known = offering.schedule(
                    self.services[kind.name],
                    start=self.now,
                    end=self.now + timedelta(days=6),
                    now=self.now,
                )
                found = {(names[o.practitioner_id], o.start, o.room_id) for o in known.offers()}
                rooms = {r.id: r.resource_id for r in session().get_one(Location, self.place).rooms}
            expected = set(seen.offers(kind))
            assert {(who, start) for who, start, _ in found} == expected, kind.name
            for _who, start, room in found:
                name = next(n for n, r in self.resources.items() if r == rooms[room])
                assert not kind.whole(start) & seen.busy(name)
