"""The forms of the owner's pages about records. Syntax only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from booking.core.choices import choice

SHORTEST_REASON, LONGEST_REASON = 10, 500


class EmergencyForm(FlaskForm):  # type: ignore[misc]
    """Why an owner has to open a patient's answers."""

    reason = TextAreaField(
        _l("What makes it necessary"),
        filters=[lambda text: text.strip() if text else text],
        validators=[
            InputRequired(_l("Say what makes it necessary.")),
            Length(
                min=SHORTEST_REASON,
                max=LONGEST_REASON,
                message=_l("Say it in a sentence, with at most 500 characters."),
            ),
        ],
    )


class MailHeldForm(FlaskForm):  # type: ignore[misc]
    """What becomes of messages that waited in the copy."""

    waiting = RadioField(
        _l("Messages that waited in the copy"),
        choices=[choice("stop", _l("Do not send them")), choice("send", _l("Send them too"))],
        validators=[InputRequired(_l("Choose what becomes of them."))],
    )
