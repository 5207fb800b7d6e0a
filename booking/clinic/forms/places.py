"""Forms for locations and rooms."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from booking.clinic.forms.fields import discreet, reads, text_field, trimmed
from booking.clinic.rules import LocationPlan
from booking.clinic.rules import values as v

_SHORT = _l("Enter a short text on one line.")


class LocationForm(FlaskForm):  # type: ignore[misc]
    """A place as it is written and changed."""

    name = text_field(_l("Name inside"), reads(v.text, _SHORT))
    outward_name = text_field(_l("Name for the outside"), reads(v.text, _SHORT), discreet)
    address = text_field(_l("Address"), reads(v.text, _SHORT))
    directions = text_field(_l("How to find it"), reads(v.words, _SHORT), discreet)
    zone = text_field(_l("Time zone"), reads(v.zone, _l("Name a time zone, like Europe/London.")))

    def columns(self) -> dict[str, str]:
        """Return what was typed, by column."""
        names = ("name", "outward_name", "address", "directions", "zone")
        return {name: str(self[name].data) for name in names}


class NewLocationForm(LocationForm):
    """A new place, with its rooms."""

    rooms = TextAreaField(
        _l("Rooms, one on each line"),
        filters=[trimmed],
        validators=[
            reads(
                lambda typed: v.several(v.text)(lines(typed)),
                _l("Name at least one room, each on a line of its own."),
            )
        ],
    )

    def plan(self) -> LocationPlan:
        """Return the place as a clinic's file would say it."""
        return LocationPlan(**self.columns(), rooms=tuple(lines(self.rooms.data)))


class RoomForm(FlaskForm):  # type: ignore[misc]
    """One more room."""

    room = text_field(_l("One more room"), reads(v.text, _SHORT))


def lines(typed: str | None) -> list[str]:
    """Return the lines that hold something."""
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]
