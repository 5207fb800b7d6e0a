"""What was written to a patient about one visit, for reception: never what it said."""

from dataclasses import dataclass
from datetime import datetime

from booking.appointments.models import Appointment
from booking.core.errors import N_
from booking.mail import queries
from booking.mail.models import Mail, MailState

KINDS = {
    "accounts/patient_browser": N_("Word of a sign-in with a new browser"),
    "accounts/way_in_changed": N_("Word of a change to how to sign in"),
    "appointments/another_time": N_("Another time is needed"),
    "appointments/cancelled": N_("Cancelled"),
    "appointments/confirmation": N_("Confirmation"),
    "appointments/declined": N_("Request declined"),
    "appointments/expired": N_("Request not answered in time"),
    "appointments/moved": N_("Moved"),
    "appointments/requested": N_("Request received"),
    "appointments/withdrawn": N_("Calendar entry taken back at the address before"),
    "conversations/waiting": N_("Word that a message waits"),
    "intake/question": N_("Word that questions wait"),
    "reminders/check": N_("Before the visit"),
    "reminders/reminder": N_("Reminder"),
    "rights/address_changed": N_("Word of another address"),
    "rights/new_address": N_("Link to confirm an address"),
    "waiting/joined": N_("On the waiting list"),
    "waiting/offer": N_("A time from the waiting list"),
}
"""What each kind of message to a patient is called at the desk."""

STATES = {
    MailState.QUEUED: N_("waits to be sent"),
    MailState.SENT: N_("sent"),
    MailState.STOPPED: N_("stopped, not sent"),
}


@dataclass(frozen=True)
class Logged:
    """One message: its kind and state, untranslated, since when it is so, and to whom.

    `to` is a masked address; empty where the message is older than the log. `since` is None
    where nobody wrote it down. `leaves_at` is when one is held back until.
    """

    kind: str
    state: str
    queued_at: datetime
    since: datetime | None
    to: str
    leaves_at: datetime | None


def log_of(visit: Appointment, *, now: datetime) -> list[Logged]:
    """Return what was queued about a visit, oldest first."""
    return [logged(mail, now) for mail in queries.of_appointment(visit.id)]


def logged(mail: Mail, now: datetime) -> Logged:
    """Return what the desk is shown of a message."""
    first_try = mail.state is MailState.QUEUED and not mail.attempts
    return Logged(
        kind=KINDS.get(mail.kind, N_("Message")),
        state=STATES.get(mail.state) or _dead(mail),
        queued_at=mail.created_at,
        since=mail.sent_at or mail.ended_at,
        to=mail.to_masked,
        leaves_at=mail.next_try_at if first_try and mail.next_try_at > now else None,
    )


def _dead(mail: Mail) -> str:
    refused = 500 <= (mail.last_code or 0) < 600
    return N_("refused by the mail server") if refused else N_("could not be delivered")
