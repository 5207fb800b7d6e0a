"""How people came in, and what changed about who may."""

from dataclasses import dataclass

from booking.audit.rules.event import Event


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
class SignedOutElsewhere(Event):
    """Somebody ended all her sign-ins but the one she was in."""

    tag = "account:signed-out-elsewhere"


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
class ScreenLocked(Event):
    """A member of staff locked her screen; only a code opens it again."""

    tag = "account:locked"
