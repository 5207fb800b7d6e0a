"""Forms of a practitioner's calendar page: syntax only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField

from booking.calendars.rules import Reveal
from booking.core.choices import choice


def _reveals() -> list[object]:
    return [
        choice(Reveal.HIDDEN.value, _l("No name")),
        choice(Reveal.INITIALS.value, _l("Initials")),
        choice(Reveal.FULL.value, _l("Full name")),
    ]


class FeedForm(FlaskForm):  # type: ignore[misc]
    """What a practitioner's feed shows of patients."""

    reveal = RadioField(
        _l("What stands for the patient?"), choices=_reveals(), default=Reveal.HIDDEN.value
    )
