"""Every event type there is. Small and frozen: what happened to which ids; never names or answers.

Tags read `thing:what`. Who acted and when are given to `record`, so they stand in no event.
"""

from dataclasses import asdict, dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """What all events share. `patient_id` says whose record it touches, if anybody's."""

    tag: ClassVar[str]
    patient_id: int | None = None

    def details(self) -> dict[str, object]:
        """Return the fields of this event but the patient, JSON values only."""
        return {key: value for key, value in asdict(self).items() if key != "patient_id"}


@dataclass(frozen=True, kw_only=True)
class AppointmentBooked(Event):
    """A visit was booked."""

    tag = "appointment:booked"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class AppointmentRequested(Event):
    """A visit was asked for; its time is kept until the clinic answers."""

    tag = "appointment:requested"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class RequestAnswered(Event):
    """A request ended as `answer` says: "approved", "declined", "withdrawn" or "expired"."""

    tag = "appointment:request-answered"
    appointment_id: int
    answer: str


@dataclass(frozen=True, kw_only=True)
class ChangeAsked(Event):
    """The clinic was asked to change a visit, or that was settled: `what` says which.

    "move" and "cancel" are wishes; "done", "phone" and "withdrawn" are what became of one.
    """

    tag = "appointment:change-asked"
    appointment_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class AppointmentMoved(Event):
    """A visit got another time, place or practitioner."""

    tag = "appointment:moved"
    appointment_id: int
    sequence: int


@dataclass(frozen=True, kw_only=True)
class AppointmentCancelled(Event):
    """A visit was cancelled."""

    tag = "appointment:cancelled"
    appointment_id: int
    sequence: int


@dataclass(frozen=True, kw_only=True)
class AppointmentStatusChanged(Event):
    """A visit was marked arrived, started, done, or that was undone."""

    tag = "appointment:status"
    appointment_id: int
    status: str


@dataclass(frozen=True, kw_only=True)
class OverlapPermitted(Event):
    """A visit was booked over time that others have, with a reason."""

    tag = "appointment:overlap"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class DelayNoted(Event):
    """Somebody runs late: a patient for a visit, or a practitioner on a day; 0 is not any more."""

    tag = "delay:noted"
    minutes: int
    appointment_id: int | None = None
    practitioner_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class AbsenceNoted(Event):
    """A practitioner is away at short notice, or is back ("away", "back" in `what`)."""

    tag = "absence:noted"
    absence_id: int
    what: str
    visits: int


@dataclass(frozen=True, kw_only=True)
class CallAsked(Event):
    """A patient who needs another time asked to be called."""

    tag = "appointment:call-asked"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class VideoAddressSet(Event):
    """A visit by video was given an address of its own, or the practitioner's again."""

    tag = "appointment:video-address"
    appointment_id: int


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
class DayOpened(Event):
    """Somebody on the staff looked at a day's visits."""

    tag = "day:opened"
    day: str
    visits: int


@dataclass(frozen=True, kw_only=True)
class RequestsListed(Event):
    """Somebody on the staff looked at what waits for an answer."""

    tag = "requests:listed"
    requests: int


@dataclass(frozen=True, kw_only=True)
class VisitOpened(Event):
    """Somebody on the staff opened one visit."""

    tag = "visit:opened"
    appointment_id: int


@dataclass(frozen=True, kw_only=True)
class FormsListed(Event):
    """Somebody on the staff looked at the list of forms."""

    tag = "forms:listed"
    forms: int


@dataclass(frozen=True, kw_only=True)
class AnswersSaved(Event):
    """A version of answers was stored."""

    tag = "intake:saved"
    form_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class AnswersOpened(Event):
    """Somebody opened answers; `view` is "patient", "reception" or "practitioner"."""

    tag = "intake:opened"
    form_id: int
    version: int
    view: str


@dataclass(frozen=True, kw_only=True)
class AnswersCopied(Event):
    """Somebody took a copy of answers; `kind` is "fhir", "json" or "pdf"."""

    tag = "intake:copied"
    form_id: int
    version: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class QuestionsChanged(Event):
    """The owner changed what is asked: "loaded", "reworded", "used", "approved", "switched"."""

    tag = "intake:questions"
    change: str
    version: str


@dataclass(frozen=True, kw_only=True)
class FormTyped(Event):
    """Staff typed the answers for her."""

    tag = "intake:typed"
    form_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class FormConfirmed(Event):
    """What staff had typed was gone through and found right."""

    tag = "intake:confirmed"
    form_id: int


@dataclass(frozen=True, kw_only=True)
class PractitionerReminded(Event):
    """Reception asked a practitioner to look at what waits for her."""

    tag = "intake:practitioner-reminded"
    form_id: int


@dataclass(frozen=True, kw_only=True)
class FormSent(Event):
    """The patient sent the form."""

    tag = "intake:sent"
    form_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class FormStateChanged(Event):
    """The review moved on: claimed, asked back, done by reception, ready."""

    tag = "intake:state"
    form_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class FlagRaised(Event):
    """A rule fired. The rule's id is not a health word; the answer is not here."""

    tag = "intake:flag"
    form_id: int
    flag_id: int


@dataclass(frozen=True, kw_only=True)
class FlagHandled(Event):
    """Reception rang, as an urgent flag asks."""

    tag = "intake:flag-handled"
    form_id: int
    flag_id: int


@dataclass(frozen=True, kw_only=True)
class DecisionRecorded(Event):
    """A practitioner decided on a flag."""

    tag = "intake:decision"
    form_id: int
    flag_id: int


@dataclass(frozen=True, kw_only=True)
class AddressChanged(Event):
    """The address somebody on the staff signs in with: `what` is "asked", "changed", "undone"."""

    tag = "account:address-changed"
    user_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class CredentialChanged(Event):
    """A licence or insurance was entered, changed, checked or removed, as `what` says."""

    tag = "credential:changed"
    practitioner_id: int
    credential_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class ClinicChanged(Event):
    """The owner changed the clinic itself: `what` says which part, `number` the row of it.

    "settings", "location", "room", "service", "practitioner", "words".
    """

    tag = "clinic:changed"
    what: str
    number: int


@dataclass(frozen=True, kw_only=True)
class AuditVerified(Event):
    """The chain was walked from its first row to the last; `broken` is the first row that fails."""

    tag = "audit:verified"
    broken: int | None


@dataclass(frozen=True, kw_only=True)
class OffersMeasured(Event):
    """Offers were worked out `runs` times in a row; nineteen of twenty took `p95_ms` or less."""

    tag = "offers:measured"
    runs: int
    p95_ms: int


@dataclass(frozen=True, kw_only=True)
class ClosureChanged(Event):
    """A location was closed for a time, or opened again."""

    tag = "closure:changed"
    location_id: int


@dataclass(frozen=True, kw_only=True)
class VisitsListed(Event):
    """Somebody on the staff looked at visits that lie, or would lie, outside open time."""

    tag = "hours:visits-listed"
    visits: int


@dataclass(frozen=True, kw_only=True)
class WaitingChanged(Event):
    """A place on the waiting list: `what` is joined, offered, passed, met, left or came-back."""

    tag = "waiting:changed"
    entry_id: int
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
class WaitingListed(Event):
    """Somebody on the staff looked at the waiting list."""

    tag = "waiting:listed"
    entries: int


@dataclass(frozen=True, kw_only=True)
class HoursChanged(Event):
    """A practitioner's weekly hours or time off changed."""

    tag = "hours:changed"
    practitioner_id: int


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A session began; `how` is "password", "code", "recovery-code", "passkey", "link", "demo"."""

    tag = "account:signed-in"
    how: str


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Event):
    """A sign-in was refused at `step` ("password", "code", "passkey", "link", "throttle")."""

    tag = "account:refused"
    step: str


@dataclass(frozen=True, kw_only=True)
class AccessRefused(Event):
    """Staff asked for a page that is not theirs (403), or for what is not there for them (404).

    `page` is the page's name in the program, `about` the public id it was asked with, if any.
    """

    tag = "access:refused"
    page: str
    about: str
    status: int


@dataclass(frozen=True, kw_only=True)
class SignedOut(Event):
    """A session was ended by its person."""

    tag = "account:signed-out"


@dataclass(frozen=True, kw_only=True)
class DeskCodeGiven(Event):
    """Reception gave a patient the code that opens her answers to her own sign-in."""

    tag = "patient:desk-code"


@dataclass(frozen=True, kw_only=True)
class SignInConfirmed(Event):
    """A patient showed more than her mailbox; `how` is "desk-code" or "recovery-code"."""

    tag = "account:confirmed"
    how: str


@dataclass(frozen=True, kw_only=True)
class KeysChanged(Event):
    """Somebody at the server changed the key ring; `what` is "added", "rotated" or "retired"."""

    tag = "keys:changed"
    what: str
    kid: str


@dataclass(frozen=True, kw_only=True)
class BackupMade(Event):
    """A copy of the database was made."""

    tag = "backup:made"


@dataclass(frozen=True, kw_only=True)
class DatabaseRestored(Event):
    """The database is a copy from `made_at` on; `erased` patients were erased again."""

    tag = "backup:restored"
    made_at: str
    erased: int


@dataclass(frozen=True, kw_only=True)
class MailLetOut(Event):
    """After a restore, mail was let out again; `stopped` old messages were not."""

    tag = "backup:mail-let-out"
    stopped: int


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
class ScheduleKept(Event):
    """What had been kept long enough went, all of one kind (`what`), so many of it."""

    tag = "retention:kept-to"
    what: str
    count: int


@dataclass(frozen=True, kw_only=True)
class SignedOutElsewhere(Event):
    """Somebody ended all her sign-ins but the one she was in."""

    tag = "account:signed-out-elsewhere"


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
class StaffInvited(Event):
    """An invitation was made, resent or revoked (`what`)."""

    tag = "account:invitation"
    what: str
    link_id: int


@dataclass(frozen=True, kw_only=True)
class StaffStopped(Event):
    """A member of staff may sign in no more, or again (`what`: "stopped" or "let-back")."""

    tag = "account:stopped"
    user_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """A member of staff set a new password by a mailed link."""

    tag = "account:password-changed"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class SecondFactorSet(Event):
    """A member of staff set up her second factor."""

    tag = "account:second-factor-set"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PasskeyChanged(Event):
    """Somebody added or removed a passkey of hers (`what`: "added", "removed")."""

    tag = "account:passkey"
    passkey_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class WayInChanged(Event):
    """Somebody changed another way in of hers: `what` says which.

    "password-set" and "password-removed" of a patient, "codes-made" of anybody.
    """

    tag = "account:way-in"
    what: str


@dataclass(frozen=True, kw_only=True)
class RolesChanged(Event):
    """The owner changed what a member of staff does here; `roles` is what she does now."""

    tag = "account:roles"
    user_id: int
    roles: str


@dataclass(frozen=True, kw_only=True)
class SignedOutByOwner(Event):
    """The owner ended every sign-in of a member of staff."""

    tag = "account:signed-out-by-owner"
    user_id: int


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
class StaffJoined(Event):
    """An invitation was accepted."""

    tag = "account:joined"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class CalendarAccessChanged(Event):
    """A way for a calendar in or out was opened or closed (`what`, such as "feed-made")."""

    tag = "calendar:access"
    what: str


@dataclass(frozen=True, kw_only=True)
class WorklistOpened(Event):
    """Somebody at reception looked at who is to be called or written to."""

    tag = "worklist:opened"
    entries: int


@dataclass(frozen=True, kw_only=True)
class ContactDone(Event):
    """Reception dealt with an entry of the worklist (`what`: its kind)."""

    tag = "worklist:done"
    appointment_id: int | None
    what: str


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
class ConsentRecorded(Event):
    """She read, allowed, declined or took back something; what it was is in the record."""

    tag = "consent:recorded"
    consent_id: int


@dataclass(frozen=True, kw_only=True)
class VisitLineNoted(Event):
    """A practitioner noted what came of offering treatment, or company, at a visit."""

    tag = "visit:line"
    appointment_id: int
    line_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationSettled(Event):
    """The desk found that a patient's messages need no answer."""

    tag = "conversation:settled"


@dataclass(frozen=True, kw_only=True)
class TodayOpened(Event):
    """Somebody on the staff looked at what the day asks for."""

    tag = "today:opened"
    visits: int


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


@dataclass(frozen=True, kw_only=True)
class ScreenLocked(Event):
    """A member of staff locked her screen; only a code opens it again."""

    tag = "account:locked"


@dataclass(frozen=True, kw_only=True)
class ReadingChanged(Event):
    """A practitioner may read a record's forms, or no more: `what` is "given" or "ended"."""

    tag = "reading:changed"
    practitioner_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class PatientsHandedOver(Event):
    """The owner handed one practitioner's patients over to another."""

    tag = "reading:handed-over"
    practitioner_id: int
    to_id: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class UnfinishedDeleted(Event):
    """Forms that were begun and never sent were deleted, this many."""

    tag = "retention:unfinished"
    forms: int
