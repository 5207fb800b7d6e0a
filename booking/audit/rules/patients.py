"""What was done with records, and with how a patient is reached and met."""

from dataclasses import dataclass

from booking.audit.rules.event import Event


@dataclass(frozen=True, kw_only=True)
class PatientsSearched(Event):
    """Somebody on the staff looked for a patient; how many were shown, not what was typed."""

    tag = "patients:searched"
    found: int


@dataclass(frozen=True, kw_only=True)
class AddressCorrected(Event):
    """A mistyped e-mail address was corrected."""

    tag = "patient:address-corrected"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class OwnAddressChanged(Event):
    """A patient's own change of e-mail address: `what` is "asked", "changed" or "undone"."""

    tag = "patient:own-address"
    what: str


@dataclass(frozen=True, kw_only=True)
class InvitesChosen(Event):
    """How much calendar entries may show was chosen, by her or for her."""

    tag = "patient:invites-chosen"
    appointment_id: int
    style: str


@dataclass(frozen=True, kw_only=True)
class ClockChosen(Event):
    """Whose clock she goes by was said, by her or for her; not which one it is."""

    tag = "patient:clock-chosen"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class AddressChanged(Event):
    """The address somebody on the staff signs in with: `what` is "asked", "changed", "undone"."""

    tag = "account:address-changed"
    user_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class CareChanged(Event):
    """Somebody said that something has changed, took it back, or let messages come again.

    `what` is "said", "taken-back" or "ended".

    How many visits, places on the waiting list and unsent messages went, or came back.
    """

    tag = "care:changed"
    change_id: int
    what: str
    visits: int
    waiting: int
    messages: int


@dataclass(frozen=True, kw_only=True)
class PatientErased(Event):
    """A record's names, addresses and answers were made unreadable for good."""

    tag = "patient:erased"
    why: str


@dataclass(frozen=True, kw_only=True)
class LegalHoldSet(Event):
    """A record is kept from being erased for a legal reason (`what` is "placed"), or no more."""

    tag = "patient:legal-hold"
    what: str


@dataclass(frozen=True, kw_only=True)
class OpeningsListed(Event):
    """The owner looked at who did and saw what about a patient; `how` is "page" or "file"."""

    tag = "audit:listed"
    how: str


@dataclass(frozen=True, kw_only=True)
class RecordTaken(Event):
    """A patient read or took away all that is kept about her; `how` is "page" or "file"."""

    tag = "patient:record-taken"
    how: str


@dataclass(frozen=True, kw_only=True)
class EmergencyOpened(Event):
    """An owner opened a record's answers in an emergency, or closed them ("opened", "closed")."""

    tag = "patient:emergency"
    access_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class ManyRecordsOpened(Event):
    """Owners were told that somebody opened unusually many patients' records within an hour."""

    tag = "alarm:many-records"
    user_id: int
    records: int


@dataclass(frozen=True, kw_only=True)
class EmergenciesListed(Event):
    """The owner looked at the list of emergency openings."""

    tag = "patient:emergencies-listed"
    emergencies: int


@dataclass(frozen=True, kw_only=True)
class ConversationsListed(Event):
    """Somebody at the desk looked at whose messages wait."""

    tag = "conversation:listed"
    patients: int


@dataclass(frozen=True, kw_only=True)
class ConversationOpened(Event):
    """Somebody at the desk read what a patient and the clinic wrote each other."""

    tag = "conversation:opened"
    lines: int


@dataclass(frozen=True, kw_only=True)
class LineWritten(Event):
    """A patient, or the desk, wrote a message."""

    tag = "conversation:written"
    line_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationSettled(Event):
    """The desk found that a patient's messages need no answer."""

    tag = "conversation:settled"


@dataclass(frozen=True, kw_only=True)
class RecordOpened(Event):
    """Somebody on the staff opened a patient's record."""

    tag = "patient:opened"


@dataclass(frozen=True, kw_only=True)
class RecordCorrected(Event):
    """Somebody at the desk changed how a patient is called or reached."""

    tag = "patient:corrected"


@dataclass(frozen=True, kw_only=True)
class DuplicatesListed(Event):
    """Somebody at the desk looked at records that may be one person's."""

    tag = "patients:duplicates"
    found: int


@dataclass(frozen=True, kw_only=True)
class RecordsJoined(Event):
    """Two records were found to be one person's: `other_id` went into the patient's."""

    tag = "patient:joined"
    other_id: int


@dataclass(frozen=True, kw_only=True)
class RecordsParted(Event):
    """A join was taken back: `other_id` is a record of its own again."""

    tag = "patient:parted"
    other_id: int
