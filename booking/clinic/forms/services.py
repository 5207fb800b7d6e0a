"""The form of a service: what it is called, its parts, who gives it, and how it is booked."""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, ValidationError

from booking.clinic.forms.fields import (
    NO,
    YES,
    TicksField,
    discreet,
    reads,
    text_field,
    whole,
    whole_or_nothing,
    yes_or_no,
)
from booking.clinic.models import OwnSegment, Practitioner, Room, Service, ServiceSegment
from booking.clinic.rules import ServicePlan
from booking.clinic.rules import values as v
from booking.clinic.rules.keys import SERVICE_VALUES
from booking.core.choices import choice

_SHORT = _l("Enter a short text on one line.")
_WORDS = ("name", "outward_name", "description", "mode", "way", "late_change", "gap")
_FLAGS = ("first_visit", "new_patients")
_NUMBERS = (
    "minutes_before",
    "minutes_after",
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "move_window_minutes",
    "cancel_window_minutes",
    "request_minutes",
)
_CAPS = ("daily_cap", "weekly_cap")
MOST_PARTS = 5


def _number(name: str, label: Any) -> Any:
    message = _l("Write a whole number that is possible here.")
    return text_field(label, reads(whole(SERVICE_VALUES[name].read), message))


def _cap(name: str, label: Any) -> Any:
    message = _l("Write a whole number, or leave it empty for no limit.")
    return text_field(label, reads(whole_or_nothing(SERVICE_VALUES[name].read), message))


def part_field() -> Any:
    """Return the field for how long a part of a visit is."""
    return text_field(
        _l("Minutes"),
        reads(whole_or_nothing(v.whole(1, 480)), _l("Write minutes from 1 to 480.")),
    )


def kind_field() -> SelectField:
    """Return the field for what happens in a part of a visit."""
    return SelectField(
        _l("What happens"),
        default="hands-on",  # of the parts that a page does not show
        choices=[
            choice("hands-on", _l("The practitioner is there")),
            choice("resting", _l("The patient rests, the practitioner is free")),
        ],
    )


class PartsForm(FlaskForm):  # type: ignore[misc]
    """The parts of a visit: `part_1` with `kind_1`, and so on."""

    part_1, kind_1 = part_field(), kind_field()
    part_2, kind_2 = part_field(), kind_field()
    part_3, kind_3 = part_field(), kind_field()
    part_4, kind_4 = part_field(), kind_field()
    part_5, kind_5 = part_field(), kind_field()

    @property
    def parts(self) -> list[tuple[Field, Field]]:
        """The fields of the parts of a visit: minutes, and what happens."""
        return [(self[f"part_{n}"], self[f"kind_{n}"]) for n in range(1, MOST_PARTS + 1)]

    @property
    def shows(self) -> int:
        """How many parts to show: those that are filled, and one more."""
        filled = [n for n, (minutes, _kind) in enumerate(self.parts, 1) if minutes.data]
        return min(max(filled, default=0) + 1, MOST_PARTS)

    @property
    def segments(self) -> tuple[tuple[str, int], ...]:
        """The parts that were filled, as (kind, minutes)."""
        return tuple(
            (str(kind.data), int(minutes.data)) for minutes, kind in self.parts if minutes.data
        )


class ServiceForm(PartsForm):
    """A service, as a clinic's file would say it."""

    name = text_field(_l("Name inside"), reads(v.text, _SHORT))
    outward_name = text_field(_l("Name for the outside"), reads(v.text, _SHORT), discreet)
    description = text_field(_l("One line for patients"), reads(v.words, _SHORT), discreet)
    price = text_field(_l("Price"), reads(v.price, _l("Write an amount, like 62 or 62.50.")))
    minutes_before = _number("minutes_before", _l("Minutes to prepare the room"))
    minutes_after = _number("minutes_after", _l("Minutes to clear the room"))
    way = SelectField(
        _l("Where"),
        choices=[choice("in-person", _l("In person")), choice("video", _l("By video"))],
    )
    practitioners = TicksField(_l("Who gives it"))
    rooms = TicksField(_l("In which rooms"))
    first_visit = yes_or_no(_l("Is this somebody's first visit here?"))
    new_patients = yes_or_no(_l("May people book it who were never here?"))
    mode = SelectField(
        _l("How it is booked"),
        choices=[
            choice("online", _l("Online, at once")),
            choice("request", _l("Online, and the clinic answers")),
            choice("phone", _l("By telephone only")),
        ],
    )
    request_minutes = _number("request_minutes", _l("Minutes the clinic has to answer"))
    minimum_notice_minutes = _number("minimum_notice_minutes", _l("Latest, minutes before"))
    horizon_days = _number("horizon_days", _l("Earliest, days before"))
    grid_minutes = _number("grid_minutes", _l("Visits start every so many minutes"))
    move_window_minutes = _number("move_window_minutes", _l("Moving online, minutes before"))
    cancel_window_minutes = _number(
        "cancel_window_minutes", _l("Cancelling online, minutes before")
    )
    late_change = SelectField(
        _l("Later than that"),
        choices=[choice("call", _l("Call the clinic")), choice("ask", _l("Ask online and wait"))],
    )
    daily_cap = _cap("daily_cap", _l("At most a day, with each"))
    weekly_cap = _cap("weekly_cap", _l("At most from Monday to Sunday, with each"))
    gap = SelectField(
        _l("Which free times are offered on a day with visits"),
        choices=[
            choice("none", _l("All of them")),
            choice("adjacent", _l("Those beside a visit")),
            choice("part-of-day", _l("Those in a part of the day that has begun to fill")),
        ],
    )

    def offer(self, practitioners: Iterable[Practitioner], rooms: Iterable[Room]) -> None:
        """Say who and where there is to choose from."""
        self.practitioners.choices = [choice(str(one.id), one.name) for one in practitioners]
        self.rooms.choices = [
            choice(str(one.id), f"{one.name}, {one.location.name}") for one in rooms
        ]

    def validate_part_1(self, field: Field) -> None:
        """A visit has at least one part."""
        if not any(minutes.data for minutes, _kind in self.parts):
            raise ValidationError(_("Say how long the visit is."))

    def plan(self) -> ServicePlan:
        """Return what was typed. Call after validating."""
        values: dict[str, object] = {name: str(self[name].data) for name in _WORDS}
        values |= {name: self[name].data == YES for name in _FLAGS}
        values |= {name: int(self[name].data) for name in _NUMBERS}
        values |= {name: int(self[name].data) if self[name].data else None for name in _CAPS}
        values["price_minor"] = v.price(self.price.data)
        return ServicePlan(values=values, segments=self.segments, practitioners=(), rooms=(), by=())


def filled_from_service(
    row: Service, *, practitioners: Collection[int], rooms: Collection[int]
) -> dict[str, Any]:
    """Return the form's values of what is stored."""
    told: dict[str, Any] = {name: str(getattr(row, name)) for name in (*_WORDS, *_NUMBERS)}
    told |= {name: YES if getattr(row, name) else NO for name in _FLAGS}
    told |= {name: str(getattr(row, name) or "") for name in _CAPS}
    told["price"] = amount(row.price_minor)
    told |= filled_parts(row.segments)
    told["practitioners"] = [str(each) for each in practitioners]
    told["rooms"] = [str(each) for each in rooms]
    return told


def filled_parts(segments: Iterable[ServiceSegment | OwnSegment]) -> dict[str, str]:
    """Return the values of the fields of parts."""
    told: dict[str, str] = {}
    for number, part in enumerate(islice(segments, MOST_PARTS), 1):
        told |= {f"part_{number}": str(part.minutes), f"kind_{number}": part.kind.value}
    return told


def amount(minor: int) -> str:
    """Return an amount of money as it is typed, like 62 or 62.50."""
    whole, rest = divmod(minor, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)
