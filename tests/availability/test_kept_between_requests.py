"""What a process keeps of hours and terms is never stale: whoever changes them, it is read again.

The changes come from a connection of their own, as from another process, and the pages are asked
of an application that has answered the same question before.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, Executable, create_engine, delete, event, insert, select, update

from booking.appointments.queries.giving import giving
from booking.appointments.queries.plan import house, plan
from booking.availability import queries
from booking.availability.models import Closure, DatedHours, OutsideBusy, TimeOff, WeeklyHours
from booking.availability.queries.soonest import _listed as first_listed
from booking.availability.queries.visits import _written as held_against
from booking.availability.rules import epoch_minute
from booking.clinic.models import (
    BookingMode,
    Credential,
    CredentialKind,
    Location,
    OwnSegment,
    Practitioner,
    Room,
    SegmentKind,
    Service,
    ServicePractitioner,
    ServiceRoom,
    ServiceSegment,
)
from booking.core.db import WRITE, db, engine_options, session, transaction, watch
from tests.factories import MONDAY, NOW, Clinic
from tests.house.test_habits import OFFERS_REST_ON

pytestmark = pytest.mark.both
SHORTLY, HOUR, DAY = timedelta(seconds=30), timedelta(hours=1), timedelta(days=1)
AT_NINE = datetime(2027, 7, 5, 8, 0, tzinfo=UTC)
OF_A_VISIT = {"appointment", "hold", "occupancy", "resource", "written_mark"}


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Engine]:
    """The same database, from outside of the application."""
    engine = create_engine(
        database_url, **engine_options(database_url), execution_options={WRITE: True}
    )
    watch(engine)
    yield engine
    engine.dispose()


def ask(app: Flask, clinic: Clinic) -> Any:
    with app.app_context():
        service = session().scalar(select(Service.public_id).where(Service.id == clinic.follow_up))
    answer = app.test_client().get(
        "/api/offers", query_string={"service": service, "from": MONDAY.isoformat(), "days": 5}
    )
    return answer.json


def write(engine: Engine, *statements: Executable) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def changed(model: Any, number: int, **values: object) -> tuple[Executable, Executable]:
    """A change of one row, and the way back."""
    with db.engine.connect() as connection:
        columns = [getattr(model, name) for name in values]
        before = connection.execute(select(*columns).where(model.id == number)).one()
    change = update(model).where(model.id == number)
    return change.values(**values), change.values(**dict(zip(values, before, strict=True)))


def added(model: Any, **values: object) -> tuple[Executable, Executable]:
    """A new row, and the way back."""
    which = [getattr(model, name) == value for name, value in values.items()]
    return insert(model).values(**values), delete(model).where(*which)


def removed(model: Any, **values: object) -> tuple[Executable, Executable]:
    """A row that goes, and the way back."""
    return added(model, **values)[::-1]


def changes(clinic: Clinic) -> dict[str, tuple[Executable, Executable]]:
    """One change of each table that offers rest on, and its way back."""
    mei, place, visit = clinic.mei, clinic.location, clinic.follow_up
    from_nine = {"starts_at": AT_NINE, "ends_at": AT_NINE + 3 * HOUR}
    hers = {"practitioner_id": mei, "public_id": uuid4()}
    with db.engine.connect() as connection:
        number = select(WeeklyHours.id).where(
            WeeklyHours.practitioner_id == mei, WeeklyHours.weekday == 0
        )
        [monday] = connection.execute(number).scalars()
        [part] = connection.execute(
            select(ServiceSegment.id).where(ServiceSegment.service_id == visit)
        ).scalars()
    return {
        "closure": added(Closure, public_id=uuid4(), location_id=place, name="Pipes", **from_nine),
        "credential": added(
            Credential,
            kind=CredentialKind.LICENCE,
            body="The register",
            number="",
            register_url="",
            expires_on=NOW.date() - DAY,
            **hers,
        ),
        "dated_hours": added(
            DatedHours,
            location_id=place,
            day=MONDAY,
            change="removes",
            starts=None,
            ends=None,
            published=True,
            **hers,
        ),
        "location": changed(Location, place, zone="Europe/Paris"),
        "outside_busy": added(OutsideBusy, source=uuid4(), practitioner_id=mei, **from_nine),
        "own_segment": added(
            OwnSegment,
            service_id=visit,
            practitioner_id=mei,
            position=0,
            kind=SegmentKind.HANDS_ON,
            minutes=90,
        ),
        "practitioner": changed(Practitioner, mei, active=False),
        "room": changed(Room, clinic.rooms[0], location_id=place + 1),
        "service": changed(Service, visit, mode=BookingMode.PHONE),
        "service_practitioner": removed(ServicePractitioner, service_id=visit, practitioner_id=mei),
        "service_room": removed(ServiceRoom, service_id=visit, room_id=clinic.rooms[0]),
        "service_segment": changed(ServiceSegment, part, minutes=90),
        "time_off": added(TimeOff, note="", published=True, **hers, **from_nine),
        "weekly_hours": changed(WeeklyHours, monday, ends=time(12)),
    }


def open_second_place(clinic: Clinic) -> None:
    second = Location(name="Mill", outward_name="Mill", address="1 Mill Lane", zone="Europe/London")
    with transaction():
        session().add(second)
        session().flush()
        assert second.id == clinic.location + 1


def test_a_change_by_anybody_is_seen_by_the_very_next_request(
    app: Flask, clinic: Clinic, elsewhere: Engine
) -> None:
    """Each change there is, and its way back; one room only, so that losing it is seen."""
    with app.app_context():
        open_second_place(clinic)
        write(elsewhere, delete(ServiceRoom).where(ServiceRoom.room_id == clinic.rooms[1]))
        known = changes(clinic)
    assert set(known) == set(OFFERS_REST_ON)
    before = ask(app, clinic)
    assert before["offers"]
    for table, (change, way_back) in known.items():
        write(elsewhere, change)
        assert ask(app, clinic) != before, f"a change of {table} is not seen"
        write(elsewhere, way_back)
        assert ask(app, clinic) == before, f"the way back of {table} is not seen"


def test_what_other_pages_keep_is_what_is_written_after_any_change(
    app: Flask, clinic: Clinic, elsewhere: Engine
) -> None:
    """The board's, the pages' of times, the first page's, and that of visits outside hours."""
    week = epoch_minute(AT_NINE), epoch_minute(AT_NINE + 5 * DAY)
    kept: list[tuple[Any, tuple[Any, ...]]] = [
        (house, ()),
        (plan, ((clinic.mei, clinic.ines), week)),
        (giving, (clinic.follow_up,)),
        (held_against, (week,)),
        (first_listed, ()),
    ]
    with app.app_context():
        open_second_place(clinic)
        known = changes(clinic)
    for table, steps in known.items():
        for step in steps:
            write(elsewhere, step)
            with app.app_context():
                for read, asked in kept:
                    assert read(*asked) == read.__wrapped__(*asked), (table, read.__name__)
    with app.app_context(), reading() as tables:
        for read, asked in kept:
            read.__wrapped__(*asked)
    assert tables <= set(OFFERS_REST_ON)


def test_a_new_price_is_told_at_once(app: Flask, clinic: Clinic, elsewhere: Engine) -> None:
    ask(app, clinic)
    write(elsewhere, update(Service).values(price_minor=4200))
    assert {group["price_minor"] for group in ask(app, clinic)["offers"]} == {4200}


def test_what_is_written_and_taken_back_leaves_no_trace(
    app: Flask, clinic: Clinic, elsewhere: Engine
) -> None:
    """Only what is committed counts, and a transaction that fails leaves nothing behind."""
    before = ask(app, clinic)
    with elsewhere.connect() as connection:
        connection.execute(update(WeeklyHours).values(ends=time(12)))
        assert ask(app, clinic) == before, "not committed"
        connection.rollback()
    assert ask(app, clinic) == before
    with app.app_context(), pytest.raises(RuntimeError), transaction():
        session().execute(update(WeeklyHours).values(ends=time(12)))
        assert inside(clinic) < 29, "who writes sees her own change"
        raise RuntimeError
    assert ask(app, clinic) == before
    write(elsewhere, update(WeeklyHours).values(ends=time(12)))
    assert ask(app, clinic) != before


def inside(clinic: Clinic) -> int:
    """How many times one practitioner has that Monday, asked in this transaction."""
    service = session().get_one(Service, clinic.follow_up)
    end = AT_NINE + 12 * HOUR
    whose = [clinic.mei]
    return len(queries.offers(service, start=AT_NINE, end=end, now=NOW, practitioner_ids=whose))


def test_time_goes_on_for_what_is_kept(
    app: Flask, clinic: Clinic, at: Callable[..., None], elsewhere: Engine
) -> None:
    """Nothing is written meanwhile: the notice runs out, and then a licence ends."""
    proof = {"practitioner_id": clinic.mei, "expires_on": MONDAY, "register_url": "", "number": ""}
    licence = insert(Credential).values(
        public_id=uuid4(), kind=CredentialKind.LICENCE, body="The register", **proof
    )
    write(elsewhere, licence)

    def first_starts() -> list[str]:
        return [group["starts"][0][:16] for group in ask(app, clinic)["offers"]]

    at(AT_NINE - SHORTLY)
    assert first_starts() == ["2027-07-05T11:00", "2027-07-05T11:00"]
    at(AT_NINE + SHORTLY)
    assert first_starts() == ["2027-07-05T11:15", "2027-07-05T11:15"]
    at(AT_NINE + DAY - SHORTLY)
    assert first_starts() == ["2027-07-06T11:00"], "her licence ran out the evening before"


def test_whatever_offers_are_read_from_has_a_mark(app: Flask, clinic: Clinic) -> None:
    """A table that is read some day without one would be kept and not seen to change."""
    with app.app_context(), reading() as tables:
        inside(clinic)
    assert tables - OF_A_VISIT == set(OFFERS_REST_ON)


@contextmanager
def reading() -> Iterator[set[str]]:
    """Note which tables are read; call inside an application context."""
    tables: set[str] = set()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        tables.update(re.findall(r"(?:FROM|JOIN) ([a-z_]+)\b(?!\()", statement))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield tables
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
