"""From a visit to what a calendar may hold of it."""

from flask_babel import force_locale
from flask_babel import gettext as _

from booking.appointments.emails import title_of
from booking.appointments.models import Appointment, Status
from booking.calendars.rules import Reveal, shown_name
from booking.clinic.queries import organisation
from booking.clinic.rules import Way
from booking.mail.rules import Listed


def entry_of(visit: Appointment, *, reveal: Reveal | None) -> Listed:
    """Return a visit as its own uid names it; `reveal` None is the patient's own calendar.

    Nothing says why anybody comes: the title is neutral unless the patient wants her own to say
    more, the description empty. In the language of whose calendar it is, whoever asks for it: its
    bytes stay the same.
    """
    with force_locale(organisation().locale_for("" if reveal else visit.patient.language)):
        summary, place = summary_of(visit, reveal), place_words(visit)
    return Listed(
        uid=visit.uid,
        sequence=visit.sequence,
        stamp=visit.changed_at,
        created=visit.created_at,
        last_modified=visit.changed_at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        zone=visit.location.zone,
        summary=summary,
        location=place,
        description="",
        cancelled=visit.status is Status.CANCELLED,
    )


def summary_of(visit: Appointment, reveal: Reveal | None) -> str:
    """Return the title of a visit in a calendar; `reveal` None is the patient's own."""
    if reveal is None:
        return title_of(visit)
    name = shown_name(visit.patient.name, reveal)
    return _("Appointment, %(name)s", name=name) if name else str(_("Appointment"))


def place_words(visit: Appointment) -> str:
    """Return where a visit is, as the outside world may read it."""
    if visit.way is Way.VIDEO:
        return str(_("By video"))
    return f"{visit.location.outward_name}, {visit.location.address}"
