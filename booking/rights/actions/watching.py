"""An alarm where somebody on the staff opens far more records than work asks for."""

from collections.abc import Sequence
from datetime import datetime

from booking.accounts import queries as accounts
from booking.audit import actions as audit
from booking.audit import queries as audited
from booking.audit.rules.patients import ManyRecordsOpened
from booking.clinic import queries as clinic
from booking.clinic.emails import frame
from booking.mail import outbox
from booking.rights import emails
from booking.rights.rules import ALARM_RESTS


def tell_of_many(user_id: int, *, records: int, contact: str, now: datetime) -> bool:
    """Tell every owner, and the data-protection contact if there is one, once a day.

    False where that was done before.
    """
    before = audited.since(now - ALARM_RESTS, tag=ManyRecordsOpened.tag)
    if any(row.details["user_id"] == user_id for row in before):
        return False
    who = accounts.user(user_id).name
    for to in _told(contact):
        letter = emails.many_opened(
            user_id, who=who, records=records, to=to, frame=frame(clinic.organisation()), now=now
        )
        outbox.enqueue(letter, now=now)
    audit.record(ManyRecordsOpened(user_id=user_id, records=records), by=None, at=now)
    return True


def _told(contact: str) -> Sequence[tuple[str, str]]:
    owners = [accounts.user(each) for each in sorted(accounts.owners_who_may_sign_in())]
    told = [(one.name, one.email) for one in owners]
    return [*told, ("", contact)] if contact else told
