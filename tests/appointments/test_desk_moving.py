"""Reception moves, swaps and cancels visits; practitioners their own; and who runs late."""

import re
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import Actor, Role
from booking.appointments.actions import desk
from booking.appointments.models import Appointment, Status
from booking.appointments.rules import Slot
from booking.clinic.models import Location, Practitioner
from booking.core.db import session, transaction
from booking.core.errors import BookingError
from booking.mail.models import Mail
from booking.occupancy.models import Occupancy
from booking.patients.models import Channel
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

BASE = "http://localhost"


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> dict[str, str]:
    """Amara with Mei at 10, Beth with Inês at 13, both first visits; public ids by name."""
    with app.app_context(), transaction():
        amara = make_appointment(clinic)
        beth = make_appointment(
            clinic,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            starts_at=MONDAY_10AM + 180 * MINUTES,
            ends_at=MONDAY_10AM + 240 * MINUTES,
        )
        return {"amara": str(amara.public_id), "beth": str(beth.public_id)}


def stored(app: Flask, name: str) -> Appointment:
    with app.app_context():
        found = session().scalars(select(Appointment)).all()
        return next(one for one in found if one.patient.name.startswith(name))


def mails(app: Flask) -> list[str]:
    with app.app_context():
        return list(session().scalars(select(Mail.kind).order_by(Mail.id)))


@pytest.mark.both
def test_a_visit_moves_by_slot_list_to_another_practitioner(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    page = cast["reception"].get(f"/visits/{visits['amara']}").click("Move")
    done = page.submit(button="Move to 9:30am Inês Roca")
    assert "Moved." in done.text
    amara = stored(app, "Amara")
    assert amara.starts_at == MONDAY_10AM - 30 * MINUTES
    assert amara.practitioner_id == cast.clinic.ines
    assert amara.sequence == 1
    assert mails(app) == ["appointments/moved"]
    with app.app_context():
        assert len(session().scalars(select(Occupancy)).all()) == 6


def test_a_practitioner_moves_her_own_visit_within_her_own_time(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    page = cast["mei"].get(f"/visits/{visits['amara']}/move")
    assert "9:30am" in page.text
    assert "Inês Roca" not in page.text
    assert "Moved." in page.submit(button="9:30am").text
    assert cast["mei"].get(f"/visits/{visits['beth']}/move").status == 404


def test_a_practitioner_cannot_give_a_visit_to_somebody_else(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    theirs = cast["reception"].get(f"/visits/{visits['amara']}/move")
    [slot] = [v for f in theirs.forms for _n, v, w in f.buttons if w == "Move to 9:30am Inês Roca"]
    own = cast["mei"].get(f"/visits/{visits['amara']}/move")
    token = dict(own.form("9:30am" and "csrf_token").fields)["csrf_token"]
    answer = cast["mei"].post(
        f"/visits/{visits['amara']}/move", {"slot": slot, "csrf_token": token}
    )
    assert answer.status == 404
    assert stored(app, "Amara").practitioner_id == cast.clinic.mei


def test_a_time_taken_meanwhile_shows_others(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    page = cast["reception"].get(f"/visits/{visits['amara']}/move")
    with app.app_context(), transaction():
        make_appointment(
            cast.clinic,
            patient_id=make_patient("Rival", "rival@example.org").id,
            starts_at=MONDAY_10AM + 120 * MINUTES,
            ends_at=MONDAY_10AM + 180 * MINUTES,
        )
    lost = page.submit(button="Move to 12:00pm Mei Tan")
    assert lost.status == 409
    assert "Nothing was changed" in lost.text
    assert stored(app, "Amara").starts_at == MONDAY_10AM


@pytest.mark.parametrize("odd", ["", "x", "zz:1.2.3"])
def test_an_odd_slot_changes_nothing(
    cast: Cast, visits: dict[str, str], app: Flask, odd: str
) -> None:
    page = cast["reception"].get(f"/visits/{visits['amara']}/move")
    token = dict(page.form("csrf_token").fields)["csrf_token"]
    answer = cast["reception"].post(page.url, {"slot": odd, "csrf_token": token})
    assert answer.status == 422
    assert stored(app, "Amara").sequence == 0


def test_cancelling_asks_once_and_tells_her(cast: Cast, visits: dict[str, str], app: Flask) -> None:
    page = cast["reception"].get(f"/visits/{visits['amara']}").click("Cancel")
    assert stored(app, "Amara").status is Status.BOOKED
    assert "Cancelled." in page.submit(button="Cancel the visit").text
    page.submit(button="Cancel the visit")
    assert stored(app, "Amara").status is Status.CANCELLED
    assert mails(app) == ["appointments/cancelled"]


def test_whom_no_mail_reaches_is_to_be_called(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    with app.app_context(), transaction():
        for one in session().scalars(select(Appointment)):
            one.patient.channels = Channel.PHONE
    page = cast["reception"].get(f"/visits/{visits['amara']}/cancel")
    done = page.submit(button="Cancel the visit")
    assert "No message goes to Amara Osei. Please call or text." in done.text
    assert mails(app) == []


@pytest.mark.both
def test_two_visits_change_places_in_one_go(cast: Cast, visits: dict[str, str], app: Flask) -> None:
    page = cast["reception"].get(f"/visits/{visits['amara']}/swap").click("Beth Nolan")
    assert stored(app, "Amara").sequence == 0
    done = page.submit(button="Let them change places")
    assert "Amara Osei has the other time now." in done.text
    amara, beth = stored(app, "Amara"), stored(app, "Beth")
    assert (amara.starts_at, amara.practitioner_id) == (
        MONDAY_10AM + 180 * MINUTES,
        cast.clinic.ines,
    )
    assert (beth.starts_at, beth.practitioner_id) == (MONDAY_10AM, cast.clinic.mei)
    assert mails(app) == ["appointments/moved"] * 2


def test_a_swap_that_does_not_fit_changes_neither(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    """Beth's is shorter, and somebody comes right after it."""
    with app.app_context(), transaction():
        make_appointment(
            cast.clinic,
            patient_id=make_patient("Chloe Martin", "chloe@example.org").id,
            service_id=cast.clinic.follow_up,
            starts_at=MONDAY_10AM + 60 * MINUTES,
            ends_at=MONDAY_10AM + 105 * MINUTES,
        )
        make_appointment(
            cast.clinic,
            patient_id=make_patient("Dina Farouk", "dina@example.org").id,
            starts_at=MONDAY_10AM + 105 * MINUTES,
            ends_at=MONDAY_10AM + 165 * MINUTES,
        )
    page = cast["reception"].get(f"/visits/{visits['beth']}/swap").click("Chloe Martin")
    lost = page.submit(button="Let them change places")
    assert lost.status == 409
    assert stored(app, "Beth").starts_at == MONDAY_10AM + 180 * MINUTES
    assert stored(app, "Chloe").sequence == 0
    assert mails(app) == []


def test_practitioners_swap_only_their_own(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["mei"].get(f"/visits/{visits['amara']}/swap")
    assert "Beth Nolan" not in page.text
    assert cast["mei"].get(f"{page.url}?with={visits['beth']}").status == 404


@pytest.mark.both
def test_swaps_and_moves_at_one_moment_leave_everybody_somewhere(
    visits: dict[str, str], app: Flask, clinic: Clinic
) -> None:
    """Two swaps the other way round, and a move of one of them, all at once."""
    reception = Actor(roles=frozenset({Role.RECEPTION}), user_id=clinic.reception_user)
    with app.app_context():
        found = {one.patient.name: one.public_id for one in session().scalars(select(Appointment))}
        hers = Slot(
            session().get_one(Practitioner, clinic.mei).public_id,
            session().get_one(Location, clinic.location).public_id,
            MONDAY_10AM + 300 * MINUTES,
        )
    amara, beth = found["Amara Osei"], found["Beth Nolan"]
    start = Barrier(3)
    common = {"now": NOW, "base_url": BASE}
    acts: list[Callable[[], object]] = [
        lambda: desk.swap_visits(reception, amara, beth, **common),  # type: ignore[arg-type]
        lambda: desk.swap_visits(reception, beth, amara, **common),  # type: ignore[arg-type]
        lambda: desk.move_visit(reception, amara, hers, **common),  # type: ignore[arg-type]
    ]
    odd: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            with app.app_context(), transaction():
                act()
        except BookingError:
            pass
        except BaseException as why:
            odd.append(why)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert odd == []
    with app.app_context():
        rows = session().scalars(select(Occupancy)).all()
        assert len(rows) == 6
        for one in session().scalars(select(Appointment)):
            own = [row for row in rows if row.appointment_id == one.id]
            assert {(row.starts_at, row.ends_at) for row in own} == {(one.starts_at, one.ends_at)}
            assert one.practitioner.resource_id in {row.resource_id for row in own}


def test_not_coming_is_noted_once_it_has_begun_and_can_be_taken_back(
    cast: Cast, visits: dict[str, str], app: Flask, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 5 * MINUTES)
    page = cast["reception"].get(f"/visits/{visits['amara']}")
    assert "Did not come" not in page.text
    at(MONDAY_10AM + 5 * MINUTES)
    page = cast["reception"].get(f"/visits/{visits['amara']}").submit(button="Did not come")
    assert stored(app, "Amara").status is Status.NO_SHOW
    page.submit(button="Came after all")
    assert stored(app, "Amara").status is Status.BOOKED


def test_lateness_is_shown_and_nobody_is_mailed(
    cast: Cast, visits: dict[str, str], app: Flask, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 30 * MINUTES)
    board = cast["reception"].get("/day")
    board = board.submit({"minutes": "20"}, button="Say so")
    assert "running 20 min late" in board.text
    page = cast["reception"].get(f"/visits/{visits['amara']}")
    page = page.submit({"minutes": "10"}, button="Note")
    assert "10 min late" in page.text
    assert "10 min late" in cast["reception"].get("/day").text
    assert cast["reception"].get("/day").submit({"minutes": "x"}, button="Say so").status == 422
    cast["reception"].get("/day").submit({"minutes": "0"}, button="Say so")
    assert "running" not in cast["reception"].get("/day").text
    assert mails(app) == []


def test_the_time_a_visit_has_is_no_time_to_move_to(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["reception"].get(f"/visits/{visits['amara']}/move").text
    offered = re.sub("<[^>]*>", "", page)
    assert "Move to 10:00am Inês Roca" in offered
    assert "Move to 10:00am Mei Tan" not in offered
