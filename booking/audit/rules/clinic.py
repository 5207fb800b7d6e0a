"""What changed about the clinic, its people and its hours."""

from dataclasses import dataclass

from booking.audit.rules.event import Event


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
class HoursChanged(Event):
    """A practitioner's weekly hours or time off changed."""

    tag = "hours:changed"
    practitioner_id: int
