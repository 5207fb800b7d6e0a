"""What may be erased, and when; what erasing and taking away reach. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

YEAR = timedelta(days=365.25)
ADULT = 18
ERASED = "(erased)"
"""What stands where a name stood."""


@dataclass(frozen=True, kw_only=True)
class VisitPast:
    """What a visit says about keeping: when it ends, whether it is still to come or took place."""

    ends_at: datetime
    to_come: bool
    took_place: bool


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Why a record cannot be erased today: a visit to come, kept until `until`, a legal hold."""

    visit_to_come: bool
    until: datetime | None
    held: bool = False

    @property
    def erasable(self) -> bool:
        """Whether nothing stands against it."""
        return not self.visit_to_come and self.until is None and not self.held


WATCHED = timedelta(hours=1)
"""Within what time the records that somebody opens are counted for the alarm."""

ALARM_RESTS = timedelta(days=1)
"""How long nothing more is told about the same person."""

EMERGENCY_LIVES = timedelta(minutes=60)
"""How long an emergency opens a record's answers to an owner."""


class Young(NamedTuple):
    """Somebody who comes, or came, of age in a year; her record is kept to a birthday's year."""

    of_age_in: int
    to_age: int

    def until(self, last_treated: datetime) -> datetime | None:
        """Until when; None where she was treated after coming of age, as any grown-up."""
        if not self.to_age or last_treated.year > self.of_age_in:
            return None
        at_seventeen = last_treated.year >= self.of_age_in - 1  # or may have been
        last_year = self.of_age_in - ADULT + self.to_age + at_seventeen
        return datetime(last_year + 1, 1, 1, tzinfo=UTC)


def keeping(
    visits: Iterable[VisitPast], *, years: int, now: datetime, young: Young | None = None
) -> Keeping:
    """Tell what stands against erasing a record with these visits.

    Where somebody was treated, the clinic keeps the record for `years` after the last visit that
    took place, because its profession or its insurer asks for that; of whoever was young then,
    longer where that ends later.
    """
    known = list(visits)
    treated = [each.ends_at for each in known if each.took_place]
    until = max(treated) + years * YEAR if treated else None
    if until is not None and young is not None:
        until = max(until, young.until(max(treated)) or until)
    return Keeping(
        visit_to_come=any(each.to_come for each in known),
        until=until if until is not None and until > now else None,
    )


class Erased(StrEnum):
    """What becomes of a table's rows about somebody who is erased."""

    GONE = "gone"
    EMPTIED = "emptied"  # the row stays, without what speaks of her and what was sealed
    KEPT = "kept"  # says nothing about her once her record is emptied


class Reach(NamedTuple):
    """What erasing does to a table, and under which key of the file she takes away it is told.

    A `told` of None is for what says nothing to her: keys, hashes, the diary's own book-keeping.
    """

    erased: Erased
    told: str | None = None


REACH: Mapping[str, Reach] = {
    "another_time": Reach(Erased.GONE, "visits"),
    "answers_version": Reach(Erased.GONE, "saved_answers"),
    "appointment": Reach(Erased.EMPTIED, "visits"),
    "audit": Reach(Erased.KEPT),  # numbers only; she sees who opened her answers beside them
    "booking_nonce": Reach(Erased.GONE),
    "calendar_feed": Reach(Erased.GONE, "calendar_addresses"),
    "care_change": Reach(Erased.GONE, "changes_said"),
    "care_visit": Reach(Erased.GONE, "changes_said"),
    "care_wait": Reach(Erased.GONE, "changes_said"),
    "change_request": Reach(Erased.GONE, "visits"),
    "consent": Reach(Erased.GONE, "consents"),
    "contact_task": Reach(Erased.GONE, "visits"),
    "conversation_line": Reach(Erased.GONE, "conversation"),
    "data_key": Reach(Erased.GONE),
    "decision": Reach(Erased.GONE, "flags"),
    "delay": Reach(Erased.GONE, "visits"),
    "emergency_access": Reach(Erased.EMPTIED, "emergencies"),
    "flag": Reach(Erased.GONE, "flags"),
    "form_browser": Reach(Erased.GONE),
    "hold": Reach(Erased.GONE, "times_kept"),
    "intake_form": Reach(Erased.KEPT, "forms"),
    "later_form": Reach(Erased.GONE, "forms"),
    "legal_hold": Reach(Erased.GONE, "legal_holds"),  # only lifted ones can be there by then
    "mail": Reach(Erased.EMPTIED, "messages"),
    "occupancy": Reach(Erased.KEPT),  # the times of visits, told with them
    "one_time_link": Reach(Erased.GONE),
    "patient": Reach(Erased.EMPTIED, "contact"),
    "passkey": Reach(Erased.GONE, "ways_in"),
    "patient_browser": Reach(Erased.GONE),
    "patient_password": Reach(Erased.GONE, "ways_in"),
    "patient_recovery_code": Reach(Erased.GONE),
    "question": Reach(Erased.GONE, "forms"),
    "record_join": Reach(Erased.EMPTIED),  # that two records were one person's, by number, stays
    "reading_right": Reach(Erased.GONE, "who_may_read"),
    "sign_in_session": Reach(Erased.GONE, "sign_ins"),
    "typed_form": Reach(Erased.GONE, "forms"),
    "visit_answer": Reach(Erased.GONE, "visits"),
    "visit_copy": Reach(Erased.KEPT),  # fingerprints of what a practitioner's calendar was told
    "visit_link": Reach(Erased.GONE),
    "visit_line": Reach(Erased.GONE, "visits"),
    "waiting_entry": Reach(Erased.GONE, "waiting"),
    "waiting_link": Reach(Erased.GONE),
    "waiting_offer": Reach(Erased.GONE, "waiting"),
}
"""Every table with a path to a patient. A house test walks the tables and finds one forgotten."""
