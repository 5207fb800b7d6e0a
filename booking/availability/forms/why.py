"""The form that asks why a time is not offered: syntax only."""

from collections.abc import Sequence
from datetime import date, time
from typing import cast

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField

from booking.availability.forms.fields import ClockField, DayField, needed
from booking.clinic.models import Location, Practitioner, Service
from booking.core.choices import choice

NEW_PATIENT, KNOWN_PATIENT = "new", "known"


class WhyForm(FlaskForm):  # type: ignore[misc]
    """Whose time, for what, where and when; sent as a query, since it only asks."""

    class Meta:
        csrf = False

    practitioner = SelectField(_l("Practitioner"))
    service = SelectField(_l("Kind of visit"))
    location = SelectField(_l("Place"))
    day = DayField(_l("Day"), validators=[needed(_l("Choose the day."))])
    clock = ClockField(_l("Time"), validators=[needed(_l("Write the time like 09:30."))])
    asked_by = SelectField(
        _l("Who would book it"),
        choices=[
            choice(NEW_PATIENT, _l("A new patient, online")),
            choice(KNOWN_PATIENT, _l("A patient who has been here, online")),
        ],
        default=NEW_PATIENT,
    )

    @property
    def moment(self) -> tuple[date, time]:
        """What was written, after validation."""
        return cast(date, self.day.data), cast(time, self.clock.data)

    def offer(
        self,
        practitioners: Sequence[Practitioner],
        services: Sequence[Service],
        locations: Sequence[Location],
    ) -> None:
        """Say what can be chosen."""
        self.practitioner.choices = [
            choice(str(each.public_id), each.name) for each in practitioners
        ]
        self.service.choices = [choice(str(each.public_id), each.name) for each in services]
        self.location.choices = [choice(str(each.public_id), each.name) for each in locations]
