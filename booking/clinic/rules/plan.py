"""A clinic as its file describes it: plain values, checked, not yet stored. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time


class MistakesInFile(Exception):
    """The file cannot be used as it is; `lines` says why, one mistake a line, in file order."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(lines))


@dataclass(frozen=True, kw_only=True)
class LocationPlan:
    """A place: `zone` is an IANA name, `rooms` the rooms' names in their order."""

    name: str
    outward_name: str
    address: str
    directions: str
    zone: str
    rooms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HoursPlan:
    """Weekly hours at a place (its name), on a weekday, 0 for Monday."""

    place: str
    weekday: int
    starts: time
    ends: time
    every_n_weeks: int


@dataclass(frozen=True, kw_only=True)
class PractitionerPlan:
    """Someone who treats; with an address she is invited to sign in."""

    name: str
    email: str
    title: str
    outward_title: str
    about: str
    languages: str
    video_url: str
    hours: tuple[HoursPlan, ...]


@dataclass(frozen=True, kw_only=True)
class OwnTermsPlan:
    """What is another for one practitioner (her name) than the service says; None is the same.

    `values` are columns of the table that joins the two; no segments means the service's.
    """

    practitioner: str
    values: Mapping[str, object]
    segments: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class ServicePlan:
    """What can be booked: parts as (kind, minutes); `practitioners` and `rooms` by name.

    No practitioners or rooms named means all of them. `values` are columns of the service.
    """

    values: Mapping[str, object]
    segments: tuple[tuple[str, int], ...]
    practitioners: tuple[str, ...]
    rooms: tuple[str, ...]
    by: tuple[OwnTermsPlan, ...]


@dataclass(frozen=True, kw_only=True)
class ClosurePlan:
    """Whole days on which locations (by name; none named means all) are closed."""

    name: str
    first_day: date
    last_day: date
    locations: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PersonPlan:
    """Someone on the staff who does not treat, and what her roles are."""

    name: str
    email: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClinicPlan:
    """Everything the file says; `organisation` are columns of the organisation's row."""

    organisation: Mapping[str, object]
    locations: tuple[LocationPlan, ...]
    practitioners: tuple[PractitionerPlan, ...]
    services: tuple[ServicePlan, ...]
    people: tuple[PersonPlan, ...]
    closures: tuple[ClosurePlan, ...]
