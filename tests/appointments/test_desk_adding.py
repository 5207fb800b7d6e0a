"""Reception books for a patient: found or new, alone, with somebody, or over others."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Status
from booking.audit.models import AuditRow
from booking.clinic import queries as clinic
from booking.clinic.models import Credential, CredentialKind, Practitioner
from booking.core.db import session, transaction
from booking.mail.models import Mail
from booking.occupancy.models import Occupancy
from booking.patients.models import Patient
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import (
    MINUTES,
    MONDAY,
    MONDAY_10AM,
    NOW,
    Clinic,
    make_appointment,
    make_patient,
    make_staggered,
)

DAY = f"/day?date={MONDAY}"
BETH = {"name": "Beth Nolan", "phone": "07700 900 321", "email": "", "channels": ["text"]}


def visits(app: Flask) -> list[Appointment]:
    with app.app_context():
        return list(session().scalars(select(Appointment).order_by(Appointment.id)))


def mails(app: Flask) -> list[str]:
    with app.app_context():
        return list(session().scalars(select(Mail.kind).order_by(Mail.id)))


def records(app: Flask, name: str) -> int:
    with app.app_context():
        return len(session().scalars(select(Patient.id).where(Patient.name == name)).all())


def tags(app: Flask) -> list[str]:
    with app.app_context():
        return list(session().scalars(select(AuditRow.tag).order_by(AuditRow.id)))


def no_overlap(app: Flask) -> None:
    with app.app_context():
        rows = session().scalars(select(Occupancy)).all()
        for one in rows:
            for other in rows:
                if one.id < other.id and one.resource_id == other.resource_id:
                    assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at


def newcomer(cast: Cast, **changes: object) -> Page:
    """Somebody new from the board's free gap to the page of times: two activations."""
    page = cast["reception"].get(DAY).click("9:00am free")
    return page.submit({**BETH, **changes}, having="name", button="Choose a time")


@pytest.mark.both
def test_a_known_patient_is_booked_in_four_activations(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        make_patient()
    gap = cast["reception"].get(DAY).click("9:00am free")
    found = gap.submit({"who": "osei"}, button="Find")
    times = found.submit(button="Amara Osei")
    done = times.submit(button="9:00am")
    assert done.url.startswith("/visits/")
    assert "Booked." in done.text
    [visit] = visits(app)
    assert visit.starts_at == MONDAY_10AM - 60 * MINUTES
    assert visit.practitioner_id == cast.clinic.mei
    assert mails(app) == ["appointments/confirmation"]
    assert {"patients:searched", "appointment:booked"} <= set(tags(app))


@pytest.mark.parametrize("typed", ["amara", "Ösei", "07700 900123", "900123", "AMARA@example.org"])
def test_a_patient_is_found_by_name_phone_and_email(cast: Cast, app: Flask, typed: str) -> None:
    with app.app_context(), transaction():
        make_patient()
        make_patient("Beth Nolan", "beth@example.org", "+447700900999")
    page = cast["reception"].get("/visits/add").submit({"who": typed}, button="Find")
    assert "Amara Osei" in page.text
    assert "Beth Nolan" not in page.text


@pytest.mark.parametrize("typed", ["", "%", "_", "zz", "12"])
def test_what_names_nobody_finds_nobody(cast: Cast, app: Flask, typed: str) -> None:
    with app.app_context(), transaction():
        make_patient()
    page = cast["reception"].get("/visits/add").submit({"who": typed}, button="Find")
    assert "Nobody fits" in page.text
    assert "Amara" not in page.text


def test_somebody_new_without_email_is_booked_and_nothing_is_mailed(cast: Cast, app: Flask) -> None:
    done = newcomer(cast).submit(button="9:00am")
    assert "No message goes to Beth Nolan. Please call or text." in done.text
    assert "Call or text" in done.text
    assert mails(app) == []
    with app.app_context():
        [beth] = session().scalars(select(Patient)).all()
        assert (beth.email, beth.phone, beth.channels) == ("", "+447700900321", "text")
    card = done.click("Card to print")
    assert "9:00am" in card.text
    assert "020 7946 0102" in card.text


def test_two_people_of_one_name_without_email_stay_two(cast: Cast, app: Flask) -> None:
    newcomer(cast).submit(button="9:00am")
    page = cast["reception"].get(DAY).click("Add a visit")
    page = page.submit(BETH, having="name", button="Choose a time")
    page.submit(button="9:00am")
    with app.app_context():
        first, second = session().scalars(select(Patient)).all()
        assert first.resource_id != second.resource_id
    assert len(visits(app)) == 2


def test_email_is_never_safe_where_there_is_none(cast: Cast) -> None:
    page = newcomer(cast, channels=["email"])
    assert page.status == 422
    assert "Without an e-mail address, tick a text message or a call" in page.text
    assert 'value="Beth Nolan"' in page.text


def test_what_was_typed_stays_when_it_does_not_fit(cast: Cast, app: Flask) -> None:
    page = newcomer(cast, phone="12", email="beth@")
    assert page.status == 422
    for words in ("Enter a phone number", "Enter an e-mail address", "Beth Nolan", "beth@"):
        assert words in page.text
    assert visits(app) == []


def test_pressed_twice_it_is_booked_once(cast: Cast, app: Flask) -> None:
    times = newcomer(cast)
    first, second = times.submit(button="9:00am"), times.submit(button="9:00am")
    assert first.url == second.url
    assert len(visits(app)) == 1
    assert records(app, "Beth Nolan") == 1


@pytest.mark.both
def test_an_overlap_pressed_twice_makes_one_record(cast: Cast, app: Flask) -> None:
    page = cast["reception"].get(f"/visits/add?date={MONDAY}")
    times = page.submit(BETH, having="name", button="Choose a time")
    typed = {"over_time": "10:30", "reason": "A friend drives both home"}
    first = times.submit(typed, button="Book over others")
    assert times.submit(typed, button="Book over others").url == first.url
    assert records(app, "Beth Nolan") == 1


@pytest.mark.both
def test_the_loser_sees_near_times_and_loses_nothing(cast: Cast, app: Flask) -> None:
    times = newcomer(cast)
    with app.app_context(), transaction():
        for mine, room in ((cast.clinic.mei, 0), (cast.clinic.ines, 1)):
            make_appointment(
                cast.clinic,
                practitioner_id=mine,
                room_id=cast.clinic.rooms[room],
                patient_id=make_patient(f"Rival {room}", f"rival{room}@example.org").id,
                starts_at=MONDAY_10AM - 60 * MINUTES,
                ends_at=MONDAY_10AM,
            )
    lost = times.submit(button="9:00am")
    assert lost.status == 409
    assert "has just been taken" in lost.text
    done = lost.submit(button="10:00am")
    assert "Beth Nolan" in done.text
    assert len(visits(app)) == 3
    no_overlap(app)


def test_the_desk_is_free_of_notice_grid_and_horizon(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        make_patient()
        make_appointment(
            cast.clinic,
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            starts_at=MONDAY_10AM,
            ends_at=MONDAY_10AM + 50 * MINUTES,
        )
    gap = cast["reception"].get(DAY).click("10:50am free")
    times = gap.submit({"who": "amara"}, button="Find").submit(button="Amara Osei")
    assert "10:50am" in times.submit(button="10:50am").text
    far = cast["reception"].get("/day?date=2028-07-03").click("9:00am free")
    times = far.submit({"who": "amara"}, button="Find").submit(button="Amara Osei")
    assert "Booked." in times.submit(button="9:00am").text


@pytest.mark.both
@pytest.mark.parametrize(("how", "second"), [("side", "10:00am"), ("back", "11:00am")])
def test_two_people_are_booked_as_one_request(
    cast: Cast, app: Flask, how: str, second: str
) -> None:
    page = cast["reception"].get(f"/visits/together?date={MONDAY}")
    typed: dict[str, str | list[str]] = {"how": how}
    for which, name in (("first", "Amara Osei"), ("second", "Beth Nolan")):
        typed |= {f"{which}-name": name, f"{which}-phone": "07700 900 321"}
        typed |= {f"{which}-channels": ["phone"]}
    times = page.submit(typed, button="Show times")
    words = "10:00am Mei Tan, 10:00am" if how == "side" else "10:00am Mei Tan, 11:00am"
    done = times.submit(button=words)
    assert "Comes together with" in done.text
    one, other = visits(app)
    assert one.together == other.together is not None
    assert one.starts_at == MONDAY_10AM
    assert (other.starts_at - one.starts_at) == (0 if how == "side" else 60) * MINUTES
    assert (one.practitioner_id == other.practitioner_id) == (how == "back")
    assert "Together" in cast["reception"].get(DAY).text


def test_two_people_are_booked_both_or_neither(cast: Cast, app: Flask) -> None:
    page = cast["reception"].get(f"/visits/together?date={MONDAY}")
    typed: dict[str, str | list[str]] = {"how": "side"}
    for which, name in (("first", "Amara Osei"), ("second", "Beth Nolan")):
        typed |= {f"{which}-name": name, f"{which}-phone": "07700 900 321"}
        typed |= {f"{which}-channels": ["phone"]}
    times = page.submit(typed, button="Show times")
    with app.app_context(), transaction():
        make_appointment(
            cast.clinic,
            practitioner_id=cast.clinic.ines,
            room_id=cast.clinic.rooms[1],
            patient_id=make_patient("Rival", "rival@example.org").id,
        )
    lost = times.submit(button="10:00am Mei Tan, 10:00am")
    assert lost.status == 409
    assert 'value="Amara Osei"' in lost.text
    assert len(visits(app)) == 1


def over(cast: Cast, clinic: Clinic, app: Flask, who: str = "reception", **changes: str) -> Page:
    """Book Beth over Amara's visit at 10:30, as the page's form sends it."""
    page = cast[who].get(f"/visits/add?date={MONDAY}")
    times = page.submit(BETH, having="name", button="Choose a time")
    typed = {"over_time": "10:30", "reason": "A friend drives both home", **changes}
    return times.submit(typed, button="Book over others")


@pytest.mark.both
def test_a_permitted_overlap_claims_what_is_free_and_is_marked(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        make_appointment(cast.clinic)
    page = over(cast, cast.clinic, app)
    assert "A friend drives both home" in page.text
    assert "Allowed to overlap" in page.text
    assert "Overlaps" in cast["reception"].get(DAY).text
    assert "Overlaps" in cast["reception"].get(f"{DAY}&view=list").text
    second = visits(app)[1]
    assert second.starts_at == MONDAY_10AM + 30 * MINUTES
    assert second.overlap_reason_sealed is not None
    assert b"friend" not in second.overlap_reason_sealed
    no_overlap(app)
    with app.app_context():
        hers = session().scalars(
            select(Occupancy).where(
                Occupancy.appointment_id == second.id,
                Occupancy.resource_id == cast.clinic.mei_resource,
            )
        )
        [free] = hers.all()
        assert free.starts_at == MONDAY_10AM + 60 * MINUTES
    assert "appointment:overlap" in tags(app)


def test_no_reason_lets_anybody_past_a_licence_that_has_run_out(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        for practitioner in (cast.clinic.mei, cast.clinic.ines):
            licence = Credential(
                practitioner_id=practitioner, kind=CredentialKind.LICENCE, body="A"
            )
            licence.expires_on = NOW.date() - timedelta(days=1)
            session().add(licence)
    refused = over(cast, cast.clinic, app)
    assert refused.status == 409
    assert "licence or insurance of this practitioner has run out" in refused.text
    assert "A friend drives both home" in refused.text
    assert visits(app) == []


def test_an_overlap_needs_a_reason(cast: Cast, app: Flask) -> None:
    page = over(cast, cast.clinic, app, reason=" ")
    assert page.status == 422
    assert "Say why this visit may overlap" in page.text
    assert visits(app) == []


def test_the_patients_own_other_visit_is_never_overlapped(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        make_appointment(
            cast.clinic, practitioner_id=cast.clinic.ines, room_id=cast.clinic.rooms[1]
        )
    page = cast["reception"].get(f"/visits/add?date={MONDAY}")
    times = page.submit({"who": "amara"}, button="Find").submit(button="Amara Osei")
    refused = times.submit({"over_time": "10:30", "reason": "x"}, button="Book over others")
    assert refused.status == 409
    assert "Nobody can be in two places" in refused.text
    assert len(visits(app)) == 1


def test_practitioners_neither_book_nor_overlap_at_the_desk(cast: Cast, app: Flask) -> None:
    assert cast["mei"].get("/visits/add").status == 403
    token = dict(cast["mei"].get("/day").form("csrf_token").fields)["csrf_token"]
    sent = {**BETH, "csrf_token": token, "go": "over", "channels": "text"}
    assert cast["mei"].post("/visits/add", {k: str(v) for k, v in sent.items()}).status == 403
    assert visits(app) == []


@pytest.mark.both
def test_staggered_visits_interleave_and_nobody_is_in_two_rooms(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        service = make_staggered(cast.clinic)
        public_id = str(service.public_id)
        for name in ("Amara Osei", "Beth Nolan"):
            make_patient(name, f"{name.split()[0].lower()}@example.org")
    for name, clock in (("Amara Osei", "9:00am"), ("Beth Nolan", "9:20am")):
        page = cast["reception"].get(DAY).click("Add a visit")
        page = page.submit({"who": name}, button="Find").submit(button=name)
        page = page.submit(
            {"practitioner": _uuid_of(app, cast.clinic.mei), "date": str(MONDAY)},
            button="Show times",
        )
        form = next(f for f in page.forms if any(clock in words for *_, words in f.buttons))
        prefix = public_id.replace("-", "")
        [slot] = [v for _n, v, w in form.buttons if v.startswith(prefix) and clock in w]
        fields = [*form.fields, ("slot", slot)]
        assert "Booked." in cast["reception"].post(form.action, fields).text
    one, other = visits(app)
    assert (other.starts_at - one.starts_at) == 20 * MINUTES
    assert one.room_id != other.room_id
    board = cast["reception"].get(DAY).text
    assert "appt r0 s11 lane-1 of-2" in board
    assert "appt r4 s11 lane-2 of-2" in board
    assert 'class="rest r4 s5 lane-1 of-2"' in board
    assert 'class="rest r8 s5 lane-2 of-2"' in board
    assert "9:00am hands-on, 9:20am resting, 9:45am hands-on" in board
    no_overlap(app)
    with app.app_context():
        rows = session().execute(
            select(Occupancy.appointment_id, Occupancy.starts_at, Occupancy.ends_at)
            .where(Occupancy.resource_id == cast.clinic.mei_resource)
            .order_by(Occupancy.starts_at)
        )
        order = [row.appointment_id for row in rows]
    assert order == [one.id, other.id, one.id, other.id]


def _uuid_of(app: Flask, practitioner_id: int) -> str:
    with app.app_context():
        return str(session().get_one(Practitioner, practitioner_id).public_id)


def test_a_request_that_keeps_its_time_stands_on_the_board(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(cast.clinic)
        visit.status, visit.answer_by = Status.REQUESTED, MONDAY_10AM
    page = cast["reception"].get(DAY)
    assert "Amara Osei" in page.text
    assert "asked for" in page.text
    with app.app_context(), transaction():
        visit = session().scalars(select(Appointment)).one()
        visit.answer_by = visit.created_at - MINUTES
    assert "Amara Osei" not in cast["reception"].get(DAY).text


@pytest.mark.parametrize(
    ("page", "words"), [("/patients/{record}", "Add a visit"), ("/visits/{visit}", "Book another")]
)
def test_whoever_is_looked_at_is_booked_without_being_searched(
    cast: Cast, app: Flask, page: str, words: str
) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(cast.clinic)
        where = {"record": visit.patient.public_id, "visit": visit.public_id}
    times = cast["reception"].get(page.format(**where)).submit(button=words)
    assert times.status == 200
    assert "Amara Osei" in times.text
    times.submit(button="Book ")
    assert len(visits(app)) == 2
    assert {one.patient_id for one in visits(app)} == {visits(app)[0].patient_id}


def test_another_visit_is_looked_for_a_week_on_with_the_same_practitioner(
    cast: Cast, app: Flask
) -> None:
    with app.app_context(), transaction():
        public_id = make_appointment(cast.clinic).public_id
    times = cast["reception"].get(f"/visits/{public_id}").submit(button="Book another")
    assert "Monday 12 July, Mei Tan" in times.text
    assert "Tuesday 13 July" in times.submit(button="Day after").text
    assert "Sunday 11 July" in times.submit(button="Day before").text


def test_a_practitioner_books_for_nobody(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        public_id = make_appointment(cast.clinic).public_id
    assert "Book another" not in cast["mei"].get(f"/visits/{public_id}").text


def test_what_somebody_had_last_is_offered_first_and_first_visits_last(
    cast: Cast, app: Flask
) -> None:
    with app.app_context(), transaction():
        clinic.services()[0].first_visit = True
        make_appointment(cast.clinic, service_id=cast.clinic.follow_up)
    start = cast["reception"].get("/visits/add")
    times = start.submit({"who": "osei"}, button="Find").submit(button="Amara Osei").text
    assert times.index("Follow-up <span") < times.index("First visit <span")
    series = start.submit({"who": "osei"}, button="Find").submit(button="Amara Osei")
    series = series.submit(button="Several visits").text
    assert series.index(">Follow-up<") < series.index(">First visit<")
    new = start.submit(BETH, having="name", button="Choose a time").text
    assert new.index("First visit <span") < new.index("Follow-up <span")


def test_the_page_begins_where_a_name_is_typed(cast: Cast) -> None:
    assert re.search(
        r'<input[^>]* id="who"[^>]* autofocus', cast["reception"].get("/visits/add").text
    )


def test_names_that_are_hidden_hide_numbers_and_addresses_too(cast: Cast, app: Flask) -> None:
    with app.app_context(), transaction():
        make_patient()
    desk = cast["reception"]
    shown = desk.get("/visits/add").submit({"who": "osei"}, button="Find")
    assert "+44 7700 900123" in shown.text
    desk.get("/visits/add").submit(button="Hide names")
    hidden = desk.get("/visits/add").submit({"who": "osei"}, button="Find")
    assert "ends in 123" in hidden.text
    assert "900123" not in hidden.text
    assert "amara@example.org" not in hidden.text
