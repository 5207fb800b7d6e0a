"""Whose patients are handed over, and to whom."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired


class HandOverForm(FlaskForm):  # type: ignore[misc] # it has no types
    """The page fills in the choices: everybody who treats here."""

    leaver = SelectField(_("Who leaves?"), [InputRequired(_("Choose who leaves."))])
    heir = SelectField(_("Who takes over?"), [InputRequired(_("Choose who takes over."))])
