"""Forms of the review: what reception asks back, what a practitioner decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from booking.core.choices import choice
from booking.intake.rules.review import Choice

NOTE_LENGTH = 2000
CHOICES = {
    Choice.GO_AHEAD: _("Go ahead"),
    Choice.ADAPT: _("Adapt the treatment"),
    Choice.DELAY: _("Delay"),
    Choice.REFER: _("Refer"),
}


class AskForm(FlaskForm):  # type: ignore[misc] # it has no types
    """Which questions to put to her again; the page fills in `questions.choices`."""

    questions = SelectMultipleField(
        _("Which questions?"),
        [InputRequired(_("Choose at least one question."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class DecisionForm(FlaskForm):  # type: ignore[misc] # it has no types
    """One decision with its reason. `version` is that of the answers she read."""

    version = HiddenField()
    choice = RadioField(
        _("Decision"),
        [InputRequired(_("Choose what you decided."))],
        choices=[choice(key, text) for key, text in CHOICES.items()],
    )
    note = TextAreaField(
        _("What you decided and why"),
        [
            InputRequired(_("Write what you decided and why.")),
            Length(max=NOTE_LENGTH, message=_("Please shorten this to 2000 characters.")),
        ],
    )

    @property
    def read_version(self) -> int:
        """The version of the answers the page showed; 0 where there were none."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() else -1
