"""What is asked of staff who type a form: how it was given, and the medicines, one a line."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from booking.core.choices import choice
from booking.intake.models import Way

MEDICINE_LINES = 40
WAYS = {
    Way.PHONE: _("By phone"),
    Way.PAPER: _("On paper"),
    Way.VISIT: _("In person"),
}


class WayForm(FlaskForm):  # type: ignore[misc] # it has no types
    """How the answers were given, and the list of medicines."""

    way = RadioField(
        _("How were these answers given?"),
        [InputRequired(_("Choose how the answers were given."))],
        choices=[choice(key, text) for key, text in WAYS.items()],
    )
    medicines = TextAreaField(_("Medicines and supplements, one on each line"), [Length(max=4000)])
