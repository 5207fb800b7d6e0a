"""What two records have in common, and what joining them does to every table. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Same(StrEnum):
    """What two records agree in."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    BORN = "born"


class Joining(StrEnum):
    """What becomes of a table's rows about the record that goes."""

    MOVED = "moved"  # they are the kept record's from then on, and go back when parted
    FOLLOWS = "follows"  # they hang on a row that is moved
    ENDED = "ended"  # a way in that the other mailbox may hold: it opens nothing any more
    STAYS = "stays"  # a key, a hash, the audit, or the record itself


JOINING: Mapping[str, Joining] = {
    "another_time": Joining.FOLLOWS,
    "answers_version": Joining.FOLLOWS,
    "appointment": Joining.MOVED,
    "audit": Joining.STAYS,
    "booking_nonce": Joining.FOLLOWS,
    "calendar_feed": Joining.MOVED,
    "care_change": Joining.MOVED,
    "care_visit": Joining.MOVED,  # the person in the time that was given up
    "care_wait": Joining.FOLLOWS,
    "change_request": Joining.FOLLOWS,
    "consent": Joining.STAYS,  # never changed; read with those of the record that stands
    "contact_task": Joining.FOLLOWS,
    "conversation_line": Joining.MOVED,
    "data_key": Joining.STAYS,
    "decision": Joining.FOLLOWS,
    "delay": Joining.FOLLOWS,
    "emergency_access": Joining.STAYS,  # ends by itself within the hour
    "flag": Joining.FOLLOWS,
    "form_browser": Joining.FOLLOWS,
    "hold": Joining.STAYS,  # ends by itself within minutes
    "intake_form": Joining.MOVED,
    "later_form": Joining.FOLLOWS,
    "legal_hold": Joining.STAYS,  # and keeps both from being erased
    "mail": Joining.FOLLOWS,
    "occupancy": Joining.MOVED,
    "one_time_link": Joining.ENDED,
    "passkey": Joining.ENDED,
    "patient": Joining.STAYS,
    "patient_browser": Joining.STAYS,
    "patient_password": Joining.STAYS,  # opens nothing while no record has its name and address
    "patient_recovery_code": Joining.STAYS,
    "question": Joining.FOLLOWS,
    "reading_right": Joining.STAYS,  # reaches what it was given for, and no more
    "record_join": Joining.STAYS,
    "sign_in_session": Joining.ENDED,
    "typed_form": Joining.FOLLOWS,
    "visit_answer": Joining.FOLLOWS,
    "visit_copy": Joining.FOLLOWS,
    "visit_line": Joining.FOLLOWS,
    "visit_link": Joining.ENDED,  # where the addresses differ
    "waiting_entry": Joining.MOVED,
    "waiting_link": Joining.FOLLOWS,
    "waiting_offer": Joining.FOLLOWS,
}
"""Every table with a path to a patient. A test walks the tables and finds one forgotten."""
