"""Forms of the owner's page about the questions."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

LONGEST = 900_000  # characters; the shipped questionnaire has about 150,000


class LoadForm(FlaskForm):  # type: ignore[misc] # it has no types
    """A questionnaire, pasted."""

    content = TextAreaField(
        _("FHIR R4 Questionnaire, as JSON"),
        [
            InputRequired(_("Paste the questionnaire here.")),
            Length(max=LONGEST, message=_("This is too long.")),
        ],
    )


class ApprovalForm(FlaskForm):  # type: ignore[misc] # it has no types
    """Who approved a version, and when."""

    lead = StringField(
        _("Name of the clinical lead"), [InputRequired(_("Write the name.")), Length(max=120)]
    )
    qualification = StringField(
        _("Register or qualification"),
        [InputRequired(_("Write the register or qualification.")), Length(max=200)],
    )
    approved_on = DateField(_("Approved on"), [InputRequired(_("Choose the day."))])
