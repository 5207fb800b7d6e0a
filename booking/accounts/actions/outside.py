"""What accounts asks of the features above it; `booking.app` hands the answers over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.access.policy import Actor
from booking.accounts.emails import Addressee


@dataclass(frozen=True, kw_only=True)
class Guest:
    """The patient of a visit, as the desk meets her: person, record, and name to read out."""

    person_id: int
    patient_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Functions of features that accounts may not import.

    `person_id(name=…, email=…)` is the patient resource of a person who has booked, or None.
    `reach(person_id)` is where a patient may be written to, None where e-mail is not safe.
    `guest_of(actor, visit)` is the patient of a visit the actor may see; raises NotFound.
    `practitioner_of(user_id)` is the practitioner whose account this is, or None.
    `open_practitioners()` are (id, name) of those without an account.
    `link_practitioner(practitioner_id, user_id)` gives one an account.
    `clinic_words()` are names nobody should build a password from, the outward one first.
    `mail_frame()` is what every message of the clinic carries: sender, names, telephone.
    `zone()` is the zone of the clinic's clock on the wall.
    `notices(actor)` are lines (words, address) an owner should see first.
    `home(actor)` is the path of the page where a member of staff begins.
    """

    person_id: Callable[..., int | None]
    reach: Callable[[int], Addressee | None]
    guest_of: Callable[[Actor, UUID], Guest]
    practitioner_of: Callable[[int], int | None]
    open_practitioners: Callable[[], Sequence[tuple[int, str]]]
    link_practitioner: Callable[[int, int], None]
    clinic_words: Callable[[], Sequence[str]]
    mail_frame: Callable[[], dict[str, Any]]
    home: Callable[[Actor], str]
    notices: Callable[[Actor], Sequence[Any]]
    zone: Callable[[], ZoneInfo]
