"""Hours from other programs: VAVAILABILITY (RFC 7953), told line by line before they are kept."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from booking.availability.forms.importing.reading import Found, read_availability
from booking.availability.forms.uploads import UploadForm
from booking.availability.rules.exchange import Place
from booking.core.choices import choice

__all__ = ["Found", "ImportForm", "read_availability"]


class ImportForm(UploadForm):
    """A file with hours, and the location of those in it that name none we know."""

    place = SelectField(_l("Hours without a place we know are at"), validate_choice=False)

    def offer(self, places: Sequence[Place]) -> None:
        """Let these places be chosen from."""
        self.places = {str(each.number): each for each in places}
        self.place.choices = [choice(key, each.names[0]) for key, each in self.places.items()]

    def look(self, *, now: datetime) -> Found:
        """What the file says. Raises Unreadable."""
        self.source.data = self.text
        chosen = self.places.get(self.place.data or "", next(iter(self.places.values())))
        return read_availability(self.text, list(self.places.values()), chosen, now=now)
