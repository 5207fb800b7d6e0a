"""A small clinic that runs as it is installed, with real mail, for drills over HTTP."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from booking import create_app
from booking.clinic.models import Practitioner, Room, Service
from booking.core.db import db, session, transaction
from booking.mail.models import Mail, MailState
from tests import factories
from tests.databases import make_settings
from tests.drills.browsers import Answer, Browser, start_of
from tests.drills.checker import Known, check
from tests.e2e.system import System
from tests.factories import MONDAY, NOW
from tests.mail.receiver import authority, receiving

SECRET = "only for drills, and long enough for that"


@dataclass
class Place:
    """An installation that runs, its database, and what its visitors were told so far."""

    app: Flask
    system: System
    first: str  # public ids of services: 60 minutes, 45, and 30 in the first room only
    follow: str
    small: str
    mei: str
    ines: str
    history: dict[UUID, Known] = field(default_factory=dict)
    people: int = 0

    def browser(self) -> Browser:
        return Browser(self.system.port)

    def someone(self) -> tuple[str, str]:
        """A person whom nobody has seen: name and address."""
        self.people += 1
        return f"Amara Osei-{self.people}", f"amara{self.people}@example.org"

    def booked(self, answer: Answer, slot: str) -> UUID:
        """Note that somebody was told that her visit is booked."""
        assert answer.status == 303, answer
        assert answer.to.startswith("/book/done/"), answer
        visit = UUID(answer.visit)
        self.history[visit] = Known(start_of(slot))
        return visit

    def check(self) -> None:
        """Once all mail has left, compare what is stored with what was answered."""
        deadline = time.monotonic() + 30
        while self._waiting() and time.monotonic() < deadline:
            with self.system.receiver.arrived:
                self.system.receiver.arrived.wait(0.2)
        assert self._waiting() == 0
        check(self.app, self.history)

    def _waiting(self) -> int:
        with self.app.app_context():
            queued = session().scalars(select(Mail.id).where(Mail.state == MailState.QUEUED)).all()
            db.session.remove()
        return len(queued)


def running(home: Path, folder: Path, url: str, *, of: type[System] = System) -> Iterator[Place]:
    settings = make_settings(home, url)
    extra = {
        "BOOKING_DATABASE_URL": url,
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_KEY_RING": str(settings.key_ring),
        "BOOKING_PROXY_HOPS": "1",
    }
    app = create_app(settings)
    ours = authority(folder)
    with receiving(ours.context()) as receiver:
        system = of(folder, receiver, ours, NOW, extra=extra)
        place = furnished(app, system)
        try:
            system.start()
            yield place
        finally:
            system.stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def furnished(app: Flask, system: System) -> Place:
    with app.app_context(), transaction():
        clinic = factories.make_clinic()
        mei, ines = (session().get_one(Practitioner, n) for n in (clinic.mei, clinic.ines))
        rooms = [session().get_one(Room, clinic.rooms[0])]
        small = factories.make_service("Short", 30, practitioners=[mei, ines], rooms=rooms)
        services = [session().get_one(Service, n) for n in (clinic.first_visit, clinic.follow_up)]
        ids = [str(each.public_id) for each in (*services, small, mei, ines)]
    return Place(app, system, *ids)


def workday(number: int) -> date:
    """A day on which the clinic is open, counted from the first Monday; each drill has its own."""
    return MONDAY + timedelta(days=number // 5 * 7 + number % 5)
