"""What happened to visits, to the time before them, and to those who wait for one."""

from dataclasses import dataclass

from booking.audit.rules.event import Event


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
class WaitingListed(Event):
    """Somebody on the staff looked at the waiting list."""

    tag = "waiting:listed"
    entries: int


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
class VisitLineNoted(Event):
    """A practitioner noted what came of offering treatment, or company, at a visit."""

    tag = "visit:line"
    appointment_id: int
    line_id: int


@dataclass(frozen=True, kw_only=True)
class TodayOpened(Event):
    """Somebody on the staff looked at what the day asks for."""

    tag = "today:opened"
    visits: int
