"""Forms of records: syntax only."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from booking.appointments.forms import NewcomerForm
from booking.patients.models import InviteStyle
from booking.patients.rules import NOTE_LIMIT


class DetailsForm(NewcomerForm):
    """How a patient is called and reached."""

    note = TextAreaField(
        _l("How to reach this patient safely"),
        validators=[Length(max=NOTE_LIMIT, message=_l("Please shorten this to 500 characters"))],
    )
    invites = SelectField(_l("Calendar entries"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.invites.choices = [
            (InviteStyle.NEUTRAL.value, _l("Only “Appointment”")),
            (InviteStyle.DETAILED.value, _l("What is booked, and who it is with")),
            (InviteStyle.NONE.value, _l("No entries by e-mail")),
        ]
