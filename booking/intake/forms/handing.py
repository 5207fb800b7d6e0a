"""Who is let to read: whose patients are handed over to whom, and whom a patient names."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired


class HandOverForm(FlaskForm):  # type: ignore[misc] # it has no types
    """The page fills in the choices: everybody who treats here."""

    leaver = SelectField(_("Who leaves?"), [InputRequired(_("Choose who leaves."))])
    heir = SelectField(_("Who takes over?"), [InputRequired(_("Choose who takes over."))])


class ReaderForm(FlaskForm):  # type: ignore[misc] # it has no types
    """A named practitioner; the page fills in the choices. Nobody is chosen beforehand."""

    practitioner = SelectField(
        _("Let another practitioner read them"), [InputRequired(_("Choose a name first."))]
    )
