"""Who may do what, as data: permissions `thing:action`, roles, and the actor of a request. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """Every act a page may ask for. A page names exactly one."""

    PERSON_INVITE = "person:invite"  # owner: staff invitations, roles
    CREDENTIAL_EDIT = "credential:edit"  # owner: licences and insurances of who treats
    CLINIC_EDIT = "clinic:edit"  # owner: set-up, settings, services, places, words
    PROOF_READ = "proof:read"  # owner: whether everything is as it should be
    REPORT_READ = "report:read"  # owner: figures without names
    AUDIT_READ = "audit:read"  # owner: who did and saw what about a patient
    RECORD_HOLD = "record:hold"  # owner: keep a record from being erased, for a legal reason
    ANSWERS_EMERGENCY = "answers:emergency"  # owner: one record's answers, with a reason
    MAIL_RELEASE = "mail:release"  # owner: let mail out again after a restore
    HOURS_EDIT = "hours:edit"  # a practitioner's own hours and leave
    NAMES_READ = "names:read"  # owner: what everything is called, inside and outside
    CLOSURE_EDIT = "closure:edit"  # owner: when whole locations are closed
    TIME_EXPLAIN = "time:explain"  # why a time is not offered (a practitioner: her own)
    DAY_READ = "day:read"  # the day board (a practitioner sees her own column)
    VISIT_READ = "visit:read"
    VISIT_BOOK = "visit:book"  # for patients, at the desk; take visits in one go when one is ill
    VISIT_MOVE = "visit:move"  # move, swap, cancel (a practitioner: her own visits)
    VISIT_OVERLAP = "visit:overlap"  # let a visit meet another, with a reason
    REQUEST_ANSWER = "request:answer"  # approve and decline (a practitioner: her own visits)
    VISIT_RECEIVE = "visit:receive"  # mark arrival, undo
    VISIT_TREAT = "visit:treat"  # start and finish one's own visit
    CARE_CHANGE = "care:change"  # "something has changed", said to the clinic
    CALENDAR_OWN = "calendar:own"  # a practitioner's own feed, calendars and server
    WORKLIST = "worklist:work"  # calls, texts and messages that did not arrive
    PATIENT_RECORD = "patient:record"  # find, correct and join patients' records
    SCREEN_OWN = "screen:own"  # lock one's screen, hide names on it, keys
    SCREEN_UNLOCK = "screen:unlock"  # while it is locked, nothing else
    INTAKE_REVIEW = "intake:review"  # reception's part
    INTAKE_SETUP = "intake:setup"  # owner: which questions are asked
    INTAKE_READ = "intake:read"  # a practitioner reads her own patients' forms
    INTAKE_TYPE = "intake:type"  # type a form for somebody (a practitioner: her own patients)
    PATIENTS_HAND_OVER = "patients:hand-over"  # owner: when a practitioner leaves
    MY_VISITS = "my:visits"  # a signed-in patient's own visits
    MY_VISIT = "my:visit"  # the one visit a mailed link belongs to, or a signed-in patient's own
    MY_ANSWERS = "my:answers"  # fill in the form of that visit
    ACCOUNT_OWN = "account:own"  # one's own sessions, sign out
    SECOND_FACTOR = "account:second-factor"  # between the password and the code


class Role(StrEnum):
    """What a signed-in person, or the holder of a link, is here."""

    OWNER = "owner"
    PRACTITIONER = "practitioner"
    RECEPTION = "reception"
    PATIENT = "patient"
    VISIT_LINK = "visit-link"
    HALF_SIGNED_IN = "half-signed-in"
    LOCKED = "locked"


STAFF = frozenset({Role.OWNER, Role.PRACTITIONER, Role.RECEPTION})

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(
        {
            Permission.PATIENT_RECORD,
            Permission.SCREEN_OWN,
            Permission.PERSON_INVITE,
            Permission.INTAKE_SETUP,
            Permission.PATIENTS_HAND_OVER,
            Permission.CREDENTIAL_EDIT,
            Permission.CLINIC_EDIT,
            Permission.PROOF_READ,
            Permission.REPORT_READ,
            Permission.AUDIT_READ,
            Permission.RECORD_HOLD,
            Permission.NAMES_READ,
            Permission.ANSWERS_EMERGENCY,
            Permission.MAIL_RELEASE,
            Permission.CLOSURE_EDIT,
            Permission.TIME_EXPLAIN,
            Permission.DAY_READ,
            Permission.VISIT_READ,
            Permission.VISIT_BOOK,
            Permission.VISIT_MOVE,
            Permission.VISIT_OVERLAP,
            Permission.ACCOUNT_OWN,
        }
    ),
    Role.PRACTITIONER: frozenset(
        {
            Permission.SCREEN_OWN,
            Permission.HOURS_EDIT,
            Permission.CALENDAR_OWN,
            Permission.TIME_EXPLAIN,
            Permission.DAY_READ,
            Permission.VISIT_READ,
            Permission.VISIT_MOVE,
            Permission.REQUEST_ANSWER,
            Permission.VISIT_TREAT,
            Permission.CARE_CHANGE,
            Permission.INTAKE_READ,
            Permission.INTAKE_TYPE,
            Permission.ACCOUNT_OWN,
        }
    ),
    Role.RECEPTION: frozenset(
        {
            Permission.PATIENT_RECORD,
            Permission.SCREEN_OWN,
            Permission.TIME_EXPLAIN,
            Permission.DAY_READ,
            Permission.VISIT_READ,
            Permission.VISIT_BOOK,
            Permission.VISIT_MOVE,
            Permission.VISIT_OVERLAP,
            Permission.REQUEST_ANSWER,
            Permission.VISIT_RECEIVE,
            Permission.CARE_CHANGE,
            Permission.WORKLIST,
            Permission.INTAKE_REVIEW,
            Permission.INTAKE_TYPE,
            Permission.ACCOUNT_OWN,
        }
    ),
    Role.PATIENT: frozenset(
        {
            Permission.MY_VISITS,
            Permission.MY_VISIT,
            Permission.MY_ANSWERS,
            Permission.ACCOUNT_OWN,
        }
    ),
    Role.VISIT_LINK: frozenset({Permission.MY_VISIT, Permission.MY_ANSWERS}),
    Role.HALF_SIGNED_IN: frozenset({Permission.SECOND_FACTOR}),
    Role.LOCKED: frozenset({Permission.SCREEN_UNLOCK}),
}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The one who acts: ids only, no names. Everything is None or empty for a stranger.

    `person_id` is the patient resource a signed-in patient is; `appointment_id` the one visit a
    link session is for, `by_mail` when that link had been mailed; `session_id` the row behind the
    cookie. `confirmed` says that a patient showed something only she has, not just that she reads
    a mailbox.
    """

    roles: frozenset[Role] = frozenset()
    user_id: int | None = None
    practitioner_id: int | None = None
    person_id: int | None = None
    appointment_id: int | None = None
    session_id: int | None = None
    by_mail: bool = False
    confirmed: bool = False

    def may(self, permission: Permission | str) -> bool:
        """Tell whether any of the actor's roles carries `permission`."""
        wanted = Permission(permission)
        return any(wanted in ROLE_PERMISSIONS[role] for role in self.roles)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    @property
    def just_booked(self) -> bool:
        """Whether nothing is known of who acts but a name and an address that anybody can type."""
        return self.appointment_id is not None and not self.by_mail

    @property
    def is_owner(self) -> bool:
        return Role.OWNER in self.roles

    @property
    def is_reception(self) -> bool:
        return Role.RECEPTION in self.roles

    @property
    def signed_in(self) -> bool:
        return bool(self.roles)


STRANGER = Actor()
