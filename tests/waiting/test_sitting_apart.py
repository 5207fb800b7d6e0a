"""Times offered to whoever asked not to wait beside visible pregnancy: another order, the same set.

What nobody may learn by looking: which visit it is that a time was kept from.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from booking.accounts import actions
from booking.availability.models import WeeklyHours
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from booking.waiting.models import WaitingOffer
from booking.waiting.rules import AROUND, beside
from tests.appointments.conftest import ABOUT, Stored
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import MONDAY, MONDAY_10AM, NOW, Clinic, make_patient
from tests.intake.filled import make_sent, said

HOUR = timedelta(hours=1)
Look = Callable[..., int]
starts = st.integers(0, 96).map(lambda step: MONDAY_10AM + step * timedelta(minutes=5))
spans = st.tuples(starts, st.sampled_from([30, 45, 60])).map(
    lambda told: (told[0], told[0] + timedelta(minutes=told[1]))
)


@given(hers=spans, others=st.lists(spans, max_size=6))
def test_how_long_she_waits_beside_others_is_counted_minute_by_minute(
    hers: tuple[Any, Any], others: list[tuple[Any, Any]]
) -> None:
    def waits(visit: tuple[Any, Any], moment: Any) -> bool:
        start, end = visit
        return start - AROUND <= moment < start or end <= moment < end + AROUND

    day = [MONDAY_10AM - HOUR + n * timedelta(minutes=5) for n in range(12 * 14)]
    plain = sum(waits(hers, m) and waits(one, m) for m in day for one in others)
    assert beside(*hers, others) == plain * timedelta(minutes=5)
    assert beside(*hers, [*others, hers]) >= beside(*hers, others)


@pytest.fixture
def short_monday(app: Flask, clinic: Clinic) -> Clinic:
    """Mei works on one Monday from 9 to 14 (by its clock); at 11 Inês sees somebody pregnant."""
    with app.app_context(), transaction():
        for hours in session().scalars(select(WeeklyHours)):
            if hours.weekday or hours.practitioner_id != clinic.mei:
                session().delete(hours)
            else:
                hours.ends, hours.valid_until = hours.ends.replace(14), MONDAY
        make_sent(
            clinic,
            {"preg_status": said("yes")},
            patient_id=make_patient("Una First", "una@example.org").id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + HOUR,
            ends_at=MONDAY_10AM + 2 * HOUR,
        )
    return clinic


def waits(app: Flask, stored: Stored, clinic: Clinic, *, apart: bool, name: str = "Amara") -> None:
    told = {**ABOUT, "name": f"{name} Osei", "email": f"{name.lower()}@example.org"}
    page = Browser(app).get(f"/waiting/{stored.service_id(clinic.first_visit)}")
    page.submit(told, having="name", button="Put me on the list")
    with app.app_context(), transaction():
        hers = session().scalars(select(Patient).order_by(Patient.id.desc())).first()
        assert hers is not None
        hers.wishes = {"apart": apart}


def all_offers(app: Flask, stored: Stored, look: Look) -> list[Any]:
    """Every time offered to who waits, in order: she passes each, until there is none left."""
    while look():
        link = stored.mails()[-1]["links"]["list"].removeprefix("http://localhost")
        Browser(app).get(link).submit(button="Not this one")
    with app.app_context():
        return list(session().scalars(select(WaitingOffer.starts_at).order_by(WaitingOffer.id)))


def test_she_is_offered_the_same_times_least_beside_first(
    app: Flask, short_monday: Clinic, stored: Stored, look: Look
) -> None:
    waits(app, stored, short_monday, apart=True)
    offered = all_offers(app, stored, look)
    free = [MONDAY_10AM - HOUR + n * timedelta(minutes=15) for n in range(17)]
    assert sorted(offered) == free  # none is hidden
    una = MONDAY_10AM + HOUR, MONDAY_10AM + 2 * HOUR
    together = [beside(start, start + HOUR, [una]) for start in offered]
    assert together == sorted(together)
    assert together[-1] == 2 * AROUND


def test_who_did_not_ask_is_offered_the_soonest_as_ever(
    app: Flask, short_monday: Clinic, stored: Stored, look: Look
) -> None:
    waits(app, stored, short_monday, apart=False)
    assert look() == 1
    [first] = stored(lambda: list(session().scalars(select(WaitingOffer.starts_at))))
    assert first == MONDAY_10AM - HOUR


def test_with_nobody_to_keep_away_from_the_order_is_as_little_by_the_clock(
    app: Flask, clinic: Clinic, stored: Stored, look: Look
) -> None:
    """So another order than by the clock tells nobody that there is a reason for it."""
    with app.app_context(), transaction():
        for hours in session().scalars(select(WeeklyHours)):
            hours.valid_until = MONDAY
            if hours.weekday or hours.practitioner_id != clinic.mei:
                session().delete(hours)
    waits(app, stored, clinic, apart=True)
    offered = all_offers(app, stored, look)
    assert len(offered) > 20
    assert offered != sorted(offered)


def test_the_order_says_nothing_of_what_has_become_of_her(
    app: Flask, short_monday: Clinic, stored: Stored, look: Look
) -> None:
    """Una's visit counts as it did, when something has changed for her or her answer has."""
    waits(app, stored, short_monday, apart=True)

    def first_offer() -> Any:
        assert look() == 1
        with app.app_context(), transaction():
            [offer] = session().scalars(select(WaitingOffer))
            found = offer.starts_at
            link = stored.mails()[-1]["links"]["list"].removeprefix("http://localhost")
        Browser(app).get(link).submit(button="Not this one")
        with app.app_context(), transaction():
            session().query(WaitingOffer).delete()
        return found

    before = first_offer()
    with app.app_context(), transaction():
        session().execute(
            update(Patient).where(Patient.name == "Una First").values(quiet_since=clock.now())
        )
    assert first_offer() == before


def test_pages_of_times_are_the_same_for_her_and_for_a_stranger(
    app: Flask, short_monday: Clinic, stored: Stored
) -> None:
    """Whoever lays the two side by side sees no difference, so there is none to read."""
    waits(app, stored, short_monday, apart=True)
    address = f"/book/{stored.service_id(short_monday.first_visit)}/times?day={MONDAY}"

    def slots(browser: Browser) -> list[str]:
        page = browser.get(address)
        return [value for form in page.forms for name, value, _ in form.buttons if name == "slot"]

    with app.app_context(), transaction():
        person = (
            session().scalars(select(Patient.resource_id).where(Patient.name == "Amara Osei")).one()
        )
        token = actions.start_person_session(person, now=NOW)
    hers, nobody = Browser(app), Browser(app)
    sign_in_with(hers, token)
    assert slots(hers) == slots(nobody) != []
