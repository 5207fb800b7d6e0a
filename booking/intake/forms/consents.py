"""What reception notes of reading and permitting; what a practitioner notes of a visit."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import InputRequired

from booking.core.choices import choice
from booking.intake.rules.consents import Given, Outcome, Through, Topic


class ConsentForm(FlaskForm):  # type: ignore[misc] # it has no types
    """One record; the page fills in `kind.choices`. Nothing is chosen beforehand."""

    kind = RadioField(_("What is it about?"), [InputRequired(_("Choose what it is about."))])
    given = RadioField(
        _("What was said?"),
        [InputRequired(_("Choose what was said."))],
        choices=[
            choice(Given.YES, _("Yes")),
            choice(Given.NO, _("No")),
            choice(Given.TAKEN_BACK, _("Taken back")),
        ],
    )
    through = RadioField(
        _("How?"),
        [InputRequired(_("Choose how."))],
        choices=[
            choice(Through.DESK, _("At the clinic")),
            choice(Through.PAPER, _("On paper, signed")),
            choice(Through.PHONE, _("By phone")),
        ],
    )


class LineForm(FlaskForm):  # type: ignore[misc] # it has no types
    """What came of one offer at a visit; the button says which."""

    topic = RadioField(validators=[InputRequired()], choices=[choice(each, each) for each in Topic])
    outcome = RadioField(
        validators=[InputRequired()], choices=[choice(each, each) for each in Outcome]
    )
