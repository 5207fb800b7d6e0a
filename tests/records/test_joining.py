"""Two records of one person become one, and two again; nothing is forgotten, nothing lost."""

import json
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from booking.access.policy import Actor, Role
from booking.accounts.actions import start_person_session
from booking.accounts.models import SignInSession
from booking.appointments.actions import link_address, new_visit_link
from booking.appointments.models import Appointment, Status, VisitLink
from booking.audit.models import AuditRow
from booking.calendars.actions import feeds
from booking.calendars.models import CalendarFeed
from booking.clinic.models import Service
from booking.conversations import actions as conversations
from booking.conversations.models import Line
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.errors import WrongState
from booking.intake.models import IntakeForm
from booking.intake.queries.answers import newest
from booking.occupancy.models import Occupancy
from booking.patients.models import Patient, RecordJoin
from booking.records.actions import join
from booking.records.rules import JOINING
from booking.rights import actions as rights
from booking.rights import queries as rights_queries
from booking.rights.jobs import keep_to_schedule
from booking.waiting.models import WaitingEntry
from tests.appointments.conftest import ABOUT
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.intake.filled import make_sent, said
from tests.rights.test_reach import of_patients

LATER = timedelta(days=1)


def test_no_table_with_a_path_to_a_patient_is_forgotten() -> None:
    assert of_patients() == set(JOINING)


@dataclass(frozen=True)
class Pair:
    """Amara twice: once by her own mailbox, once, with a form and more, by a shared one."""

    kept: UUID
    gone: UUID
    kept_person: int
    gone_person: int
    visit: UUID  # on the record that goes
    patient: int  # its id


@pytest.fixture
def pair(app: Flask, clinic: Clinic) -> Pair:
    with app.app_context(), transaction():
        now = clock.now()
        form = make_sent(clinic, {"allergy_any": said("yes")})
        visit = session().get_one(Appointment, form.appointment_id)
        visit.overlap_reason = "twins"
        gone = visit.patient
        kept = make_patient("Amara Osei-Mensah", "home@example.org", gone.phone)
        make_appointment(
            clinic,
            patient_id=kept.id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + LATER,
            ends_at=MONDAY_10AM + LATER + 60 * MINUTES,
        )
        session().add(WaitingEntry(patient_id=gone.id, service_id=clinic.follow_up, created_at=now))
        conversations.write(Actor(), visit, "May I bring my sister?", now=now)
        gone.wishes, gone.contact_note = {"quiet_arrival": True}, "only after six"
        gone.quiet_since, gone.gently = now, True
        new_visit_link(visit.id, now=now)
        start_person_session(gone.resource_id, now=now)
        feeds.make_for_person(Actor(person_id=gone.resource_id), now=now)
        return Pair(
            kept=kept.public_id,
            gone=gone.public_id,
            kept_person=kept.resource_id,
            gone_person=gone.resource_id,
            visit=visit.public_id,
            patient=gone.id,
        )


def joined(cast: Cast, pair: Pair, status: int = 200) -> str:
    page = cast["reception"].get(f"/patients/{pair.kept}").click("Amara Osei")
    assert "They have the same phone number." in page.text
    form = page.form("keep")
    page = page.browser.post(page.url, [*form.fields, ("keep", str(pair.kept))])
    assert page.status == status
    return page.text


def owner_of(table: type) -> UUID:
    wanted = select(Patient.public_id).join(table, table.patient_id == Patient.id)
    return session().scalars(wanted.order_by(table.id)).first()


@pytest.mark.both
def test_everything_goes_to_the_record_that_stays_and_can_be_read_there(
    app: Flask, cast: Cast, pair: Pair
) -> None:
    text = joined(cast, pair)
    assert "The two records are one now." in text
    assert "Contact gently." in text
    assert "only after six" in text
    with app.app_context():
        for table in (Appointment, IntakeForm, WaitingEntry, Line):
            assert owner_of(table) == pair.kept, table
        visit = session().scalars(select(Appointment).filter_by(public_id=pair.visit)).one()
        assert visit.overlap_reason == "twins"
        form = session().scalars(select(IntakeForm).filter_by(appointment_id=visit.id)).one()
        assert newest(form).response["resourceType"] == "QuestionnaireResponse"
        assert session().scalars(select(Line)).one().text == "May I bring my sister?"
        hers = select(Occupancy.appointment_id).filter_by(resource_id=pair.kept_person)
        assert visit.id in set(session().scalars(hers))
        assert session().scalars(select(CalendarFeed)).one().person_id == pair.kept_person
    page = cast["reception"].get(f"/visits/{pair.visit}")
    assert "Amara Osei-Mensah" in page.text


def test_ways_in_by_the_other_mailbox_are_over(app: Flask, cast: Cast, pair: Pair) -> None:
    joined(cast, pair)
    with app.app_context():
        wanted = select(SignInSession).filter_by(person_id=pair.gone_person)
        assert session().scalars(wanted).one().ended_at is not None
        first = select(VisitLink).order_by(VisitLink.id).limit(1)  # what was mailed before
        assert session().scalars(first).one().revoked_at is not None
    page = cast["stranger"].get("/my/sign-in")
    page.submit({"name": "Amara Osei", "email": "amara@example.org"}, having="email")
    with app.app_context():
        tags = list(session().scalars(select(AuditRow.tag)))
    assert "patient:joined" in tags


def test_it_is_found_and_counted_once(cast: Cast, pair: Pair) -> None:
    browser = cast["reception"]
    assert (
        "2 patients found" in browser.get("/patients").submit({"who": "osei"}, button="Find").text
    )
    joined(cast, pair)
    assert "1 patient found" in browser.get("/patients").submit({"who": "osei"}, button="Find").text
    page = browser.get(f"/patients/{pair.gone}")
    assert "This record is part of another one now." in page.text
    assert browser.get(f"/patients/{pair.gone}/beside/{pair.kept}").status == 404


@pytest.mark.both
def test_parting_takes_back_exactly_what_came_and_leaves_what_was_added(
    app: Flask, cast: Cast, pair: Pair, clinic: Clinic
) -> None:
    with app.app_context():
        before = whole(app, pair)
    joined(cast, pair)
    with app.app_context(), transaction():
        kept = session().scalars(select(Patient).filter_by(public_id=pair.kept)).one()
        added = make_appointment(
            clinic,
            patient_id=kept.id,
            starts_at=MONDAY_10AM + 2 * LATER,
            ends_at=MONDAY_10AM + 2 * LATER + 60 * MINUTES,
        ).public_id
    page = cast["reception"].get(f"/patients/{pair.kept}").submit(button="Part them again")
    assert "Parted." in page.text
    assert page.url.endswith(str(pair.gone))
    with app.app_context():
        assert whole(app, pair) == before
        new = session().scalars(select(Appointment).filter_by(public_id=added)).one()
        assert new.patient.public_id == pair.kept
    assert "2 patients found" in (
        cast["reception"].get("/patients").submit({"who": "osei"}, button="Find").text
    )


def whole(app: Flask, pair: Pair) -> dict[str, object]:
    """What hangs on both records: rows by owner, times, flags, notes."""
    visits = session().scalars(select(Appointment).order_by(Appointment.id).limit(2)).all()
    people = session().scalars(select(Patient).order_by(Patient.id)).all()
    numbers = [visit.id for visit in visits]
    taken = select(Occupancy.appointment_id, Occupancy.resource_id).where(
        Occupancy.appointment_id.in_(numbers)
    )
    return {
        "visits": [(v.patient_id, v.overlap_reason) for v in visits],
        "people": [
            (p.resource_id, p.wishes, p.contact_note, p.quiet_since, p.gently, p.born_key)
            for p in people
        ],
        "taken": sorted(tuple(row) for row in session().execute(taken)),
        "owners": [owner_of(table) for table in (IntakeForm, WaitingEntry, Line)],
        "feed": session().scalars(select(CalendarFeed.person_id)).one(),
        "link": session().scalar(select(VisitLink.revoked_at).order_by(VisitLink.id).limit(1)),
    }


@pytest.mark.both
def test_two_visits_at_one_time_are_refused_kindly(
    app: Flask, cast: Cast, pair: Pair, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        kept = session().scalars(select(Patient).filter_by(public_id=pair.kept)).one()
        make_appointment(
            clinic,
            patient_id=kept.id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
        )
    page = cast["reception"].get(f"/patients/{pair.kept}/beside/{pair.gone}")
    assert "Two visits at one time" in page.text
    token = dict(page.forms[0].fields)["csrf_token"]
    page = page.browser.post(page.url, {"csrf_token": token, "keep": str(pair.kept)})
    assert page.status == 409
    assert "Both have a visit at the same time" in page.text
    with app.app_context():
        assert session().scalars(select(RecordJoin)).all() == []
        assert owner_of(IntakeForm) == pair.gone


@pytest.mark.both
def test_the_database_takes_no_visit_on_a_record_that_is_gone(
    app: Flask, cast: Cast, pair: Pair, clinic: Clinic
) -> None:
    joined(cast, pair)
    with app.app_context(), pytest.raises(DBAPIError), transaction():
        session().execute(update(Appointment).values(patient_id=pair.patient))
    with app.app_context(), pytest.raises(DBAPIError), transaction():
        at = MONDAY_10AM + 3 * LATER
        make_appointment(clinic, patient_id=pair.patient, starts_at=at, ends_at=at + 60 * MINUTES)


def while_joined(app: Flask, pair: Pair, page: Page, button: str) -> Page:
    """Press a button at the moment at which the records are joined but not committed yet."""
    with ThreadPoolExecutor(1) as pool:
        with app.app_context(), transaction():
            desk = Actor(roles=frozenset({Role.RECEPTION}), user_id=1)
            join(desk, pair.kept, pair.gone, now=clock.now(), base_url="http://localhost")
            pressed = pool.submit(page.submit, button=button)
            wait([pressed], timeout=0.5)  # it queues behind the join
            assert not pressed.done()
        return pressed.result()


@pytest.mark.both
def test_a_booking_at_the_desk_that_meets_a_join_goes_to_the_record_that_stays(
    app: Flask, cast: Cast, pair: Pair
) -> None:
    with app.app_context():
        name = session().scalars(select(Patient).filter_by(public_id=pair.gone)).one().name
    page = cast["reception"].get("/visits/add?date=2027-07-05").submit({"who": name}, button="Find")
    form = next(f for f in page.forms if ("patient", str(pair.gone)) in f.fields)
    times = page.browser.post("/visits/add", form.fields)
    booked = while_joined(app, pair, times, "9:00am")
    assert booked.status == 200
    assert "Booked." in booked.text
    with app.app_context():
        newest = session().scalars(select(Appointment).order_by(Appointment.id.desc())).first()
        assert newest.patient.public_id == pair.kept


@pytest.mark.both
def test_her_own_booking_that_meets_a_join_is_asked_once_more_who_comes(
    app: Flask, clinic: Clinic, pair: Pair
) -> None:
    with app.app_context(), transaction():
        visit = session().scalars(select(Appointment).filter_by(public_id=pair.visit)).one()
        token = new_visit_link(visit.id, now=clock.now())
        service = session().get_one(Service, clinic.follow_up).public_id
    browser = Browser(app)
    browser.get(link_address(token, base_url="")).submit(button="Go on")
    times = browser.get(f"/book/{service}/times?again={pair.visit}&day=2027-07-07")
    check = times.submit(button="9:00am")
    assert check.url.endswith("/book/check")
    page = while_joined(app, pair, check, "Book this visit")
    assert page.status == 200
    assert "Please tell us once more who comes. Your time is still kept." in page.text
    check = page.submit(dict(ABOUT), having="name", button="Continue")
    assert "Your visit is booked" in check.submit(button="Book this visit").text


def test_a_record_is_joined_once_and_parted_in_turn(app: Flask, cast: Cast, pair: Pair) -> None:
    browser = cast["reception"]
    joined(cast, pair)
    with app.app_context(), transaction():
        third = make_patient("Amara O.", "third@example.org").public_id
    page = browser.get(f"/patients/{third}/beside/{pair.kept}")
    browser.post(page.url, [*page.form("keep").fields, ("keep", str(third))])
    part = browser.get(f"/patients/{pair.gone}")
    refused = part.submit(button="Part them again")
    assert refused.status == 409
    assert "Part those two first." in refused.text
    browser.get(f"/patients/{third}").submit(button="Part them again")
    assert browser.get(f"/patients/{pair.gone}").submit(button="Part them again").status == 200


def test_erasing_reaches_what_was_joined(
    app: Flask, cast: Cast, pair: Pair, tmp_path: Path
) -> None:
    joined(cast, pair)
    with app.app_context(), transaction():
        session().execute(update(Appointment).values(status="cancelled"))
        told = rights_queries.everything(pair.kept_person).plain()
        assert "May I bring my sister?" in str(told["conversation"])
        buried = tmp_path / "tombstones"
        rights.erase(None, pair.kept, tombstones=buried, years=7, now=NOW)
        assert set(session().scalars(select(Patient.name))) == {"(erased)"}
        assert session().scalars(select(Line)).all() == []
        assert {str(pair.kept), str(pair.gone)} == {str(each) for each in rights.buried_in(buried)}


@pytest.mark.parametrize("who", ["mei", "stranger"])
def test_only_the_desk_and_the_owner_join(cast: Cast, pair: Pair, who: str) -> None:
    page = cast[who].get(f"/patients/{pair.kept}/beside/{pair.gone}")
    assert page.status == 403 or page.url.startswith("/sign-in")


@pytest.mark.both
def test_the_schedule_keeps_the_record_that_went_as_long_as_the_one_that_stays(
    app: Flask, cast: Cast, pair: Pair
) -> None:
    """Answers stay sealed with the key of the record that went: it must not be destroyed alone.

    Holds sec_H5.
    """
    with app.app_context(), transaction():
        session().execute(update(Appointment).values(status=Status.DONE))
        session().execute(delete(WaitingEntry))
    joined(cast, pair)
    with app.app_context():
        keep_to_schedule(now=NOW + 400 * LATER, base_url="")
        gone = session().scalars(select(Patient).filter_by(public_id=pair.gone)).one()
        assert gone.name == "Amara Osei"
        form = session().scalars(select(IntakeForm)).one()
        assert newest(form).response["resourceType"] == "QuestionnaireResponse"
        with pytest.raises(WrongState), transaction():
            rights.erase(
                None,
                pair.gone,
                tombstones=app.extensions["settings"].tombstones,
                years=0,
                now=NOW + 400 * LATER,
            )
    with app.app_context():
        keep_to_schedule(now=NOW + 10 * 366 * LATER, base_url="")
        names = set(session().scalars(select(Patient.name)))
        told = [each.moved for each in session().scalars(select(RecordJoin))]
    assert names == {"(erased)"}
    assert "quiet" not in json.dumps(told), "that it was quiet around her is gone, too"
