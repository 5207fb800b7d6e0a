"""What was done to keep the data: keys, backups, retention, checks."""

from dataclasses import dataclass

from booking.audit.rules.event import Event


@dataclass(frozen=True, kw_only=True)
class AuditVerified(Event):
    """The chain was walked from its first row to the last; `broken` is the first row that fails."""

    tag = "audit:verified"
    broken: int | None


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
class ScheduleKept(Event):
    """What had been kept long enough went, all of one kind (`what`), so many of it."""

    tag = "retention:kept-to"
    what: str
    count: int
