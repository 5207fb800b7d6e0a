"""The form of a legal hold."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

LONGEST = 1000


class HoldForm(FlaskForm):  # type: ignore[misc]
    """Why a record has to be kept, for those who will ask."""

    reason = TextAreaField(
        _l("Why it has to be kept"),
        filters=[lambda text: (text or "").replace("\x00", "").strip()],
        validators=[
            DataRequired(_l("Say why, in a sentence.")),
            Length(max=LONGEST, message=_l("Use at most 1000 characters.")),
        ],
    )
