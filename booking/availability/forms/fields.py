"""Fields of these forms: times of day and dates, syntax only."""

from typing import Any

from flask_babel import gettext as _
from wtforms import DateField, TimeField
from wtforms.validators import StopValidation


class ClockField(TimeField):
    """A time of day, "09:30" or "9.30"; an error keeps what was typed."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, format=["%H:%M", "%H.%M", "%H:%M:%S"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        written = [value.strip() for value in valuelist if value.strip()]
        try:
            super().process_formdata(written)
        except ValueError as unread:
            raise ValueError(_("Write the time like 09:30.")) from unread


class DayField(DateField):
    """A date; an error keeps what was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        written = [value.strip() for value in valuelist if value.strip()]
        try:
            super().process_formdata(written)
        except ValueError as unread:
            raise ValueError(_("Write the day like 2027-07-05.")) from unread


def needed(message: Any) -> Any:
    """A validator that stops with `message` when a field holds nothing that could be read."""

    def check(_form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(message)

    return check
