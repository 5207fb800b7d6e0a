"""The form of a line: syntax only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField


class LineForm(FlaskForm):  # type: ignore[misc]
    """What somebody writes."""

    text = TextAreaField(_l("Your message"))
