"""Write to a patient that her questions wait, where writing to her is right."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.appointments.actions import links
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.intake import emails
from booking.intake.queries.standing import visits_with_forms
from booking.mail import outbox
from booking.mail import queries as mail_queries
from booking.patients import queries as patients


def write_to(visit: Appointment, *, key: str, base_url: str, now: datetime) -> bool:
    """Mail the link to her questions, once for each `key`; tell whether that is right.

    It is not where e-mail is not safe, nor while it is quiet around her: her record is looked at
    under a lock, so that whoever makes it quiet finds what was queued before, and stops it.
    """
    session().refresh(visit.patient, ["quiet_since"], with_for_update={"read": True})
    if visit.patient.quiet_since is not None or not wanted_by(visit.patient):
        return False
    token = links.new_visit_link(visit.id, now=now)
    person = visit.patient.resource_id
    avoid = patients.hard_dates([person])[person]
    mail = emails.question(
        visit,
        clinic.organisation(),
        key=key,
        link=links.link_address(token, to="form", base_url=base_url),
        not_before=avoid.first_after(now, ZoneInfo(visit.location.zone)),
    )
    outbox.enqueue(mail, now=now)
    return True


def write_again(
    patient_ids: Collection[int], *, stopped_at: datetime, base_url: str, now: datetime
) -> None:
    """Mail once more what was stopped at that instant before it left, for visits still to come."""
    stopped = mail_queries.stopped_at(stopped_at, kind=emails.QUESTION)
    for visit, form_id in visits_with_forms(patient_ids, now=now):
        begin = emails.keys_begin(visit.id, form_id)
        if any(key.startswith(begin) for key in stopped):
            write_to(visit, key=f"again:{visit.id}:{now.isoformat()}", base_url=base_url, now=now)
