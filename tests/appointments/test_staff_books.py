"""What binds patients who book online does not bind the staff: the same acts, with their actor."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import Actor, Role
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.availability import queries as availability
from booking.clinic.models import BookingMode, Service
from booking.core.db import session, transaction
from booking.core.errors import NotOffered, TooLate
from tests.appointments.conftest import ABOUT, Stored
from tests.factories import MONDAY_10AM, NOW, Clinic

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
BASE = "http://localhost"


def desk(clinic: Clinic) -> Actor:
    return Actor(roles=frozenset({Role.RECEPTION}), user_id=clinic.reception_user)


def kept_series(clinic: Clinic, *starts: datetime) -> UUID:
    """Times with Mei kept together; the id of the first."""
    service = session().get_one(Service, clinic.first_visit)
    offers = [
        availability.offer_at(
            service,
            practitioner_id=clinic.mei,
            location_id=clinic.location,
            starts_at=start,
            now=NOW,
        )
        for start in starts
    ]
    return actions.hold_all([(offer, None) for offer in offers], now=NOW).public_id


@pytest.mark.both
def test_the_staff_book_a_series_that_is_not_booked_online(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    with app.app_context(), transaction():
        kept = kept_series(clinic, MONDAY_10AM, MONDAY_10AM + WEEK)
        service = session().get_one(Service, clinic.first_visit)
        service.mode, service.new_patients = BookingMode.PHONE, False
        session().flush()
        actions.book(desk(clinic), kept, ABOUT, nonce=str(kept), now=NOW, base_url=BASE)
    assert [v["status"] for v in stored.visits()] == ["booked", "booked"]
    assert len(stored.mails()) == 2
    assert stored.taken() == 6


def test_a_patient_cannot_book_what_the_staff_can(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), pytest.raises(NotOffered), transaction():
        kept = kept_series(clinic, MONDAY_10AM, MONDAY_10AM + WEEK)
        session().get_one(Service, clinic.first_visit).mode = BookingMode.PHONE
        session().flush()
        actions.book(Actor(), kept, ABOUT, nonce=str(kept), now=NOW, base_url=BASE)


def test_no_window_binds_the_staff_and_a_wish_is_met_by_doing_it(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    late = MONDAY_10AM - HOUR
    with app.app_context():
        with transaction():
            kept = kept_series(clinic, MONDAY_10AM, MONDAY_10AM + WEEK)
            actions.book(Actor(), kept, ABOUT, nonce=str(kept), now=NOW, base_url=BASE)
        with pytest.raises(TooLate), transaction():
            actions.cancel(Actor(), first(), now=late, base_url=BASE)
        with transaction():
            assert len(actions.cancel_rest(Actor(), first(), now=late, base_url=BASE)) == 1
        with transaction():
            actions.cancel(desk(clinic), first(), now=late, base_url=BASE)
    assert [v["status"] for v in stored.visits()] == ["cancelled", "cancelled"]


def first() -> Appointment:
    return session().scalars(select(Appointment).order_by(Appointment.id)).all()[0]
