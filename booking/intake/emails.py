"""What intake mails: a question to the patient, and word to the desk that somebody needs a call.

Neither says what the questions or answers are about.
"""

from datetime import date, datetime

from booking.accounts.models import User
from booking.appointments.models import Appointment
from booking.clinic.emails import frame
from booking.clinic.models import Organisation
from booking.intake.models import Flag
from booking.mail.outbox import Draft

QUESTION = "intake/question"


def keys_begin(visit_id: int, form_id: int | None) -> tuple[str, ...]:
    """Return how the keys of all messages about the questions before a visit begin."""
    of_form = () if form_id is None else (f"question:{form_id}:",)
    return (f"question:remind:{visit_id}:", f"question:again:{visit_id}:", *of_form)


def question(
    visit: Appointment, clinic: Organisation, *, key: str, link: str, not_before: datetime
) -> Draft:
    """Ask the patient to look at her questions. `link` is the full address of her form.

    A second one with the same `key` is not sent; it leaves from `not_before` on, and after the
    visit begins it is pointless.
    """
    return Draft(
        kind=QUESTION,
        snapshot={
            **frame(clinic, visit.patient.language),
            "to_address": visit.patient.email,
            "link": link,
        },
        dedupe_key=f"question:{key}",
        owner_id=visit.patient.public_id,
        not_before=not_before,
        not_after=visit.starts_at,
    )


def staff_urgent(flag: Flag, clinic: Organisation, *, link: str) -> Draft:
    """Tell the desk that the list of forms needs somebody now; one message for each raising."""
    return Draft(
        kind="intake/staff_urgent",
        snapshot={**frame(clinic), "to_address": clinic.urgent_email, "link": link},
        dedupe_key=f"staff-urgent:{flag.id}:{flag.raised_at.isoformat()}",
    )


def to_read(account: User, clinic: Organisation, *, link: str, day: date) -> Draft:
    """Remind a practitioner that forms wait for her; a second one of the same `day` is not sent.

    `account` is the one she signs in with, `link` the full address of her list.
    """
    return Draft(
        kind="intake/to_read",
        snapshot={**frame(clinic), "to_address": account.email, "link": link},
        dedupe_key=f"to-read:{account.id}:{day}",
    )
