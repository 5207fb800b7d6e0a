"""Forms of the owner's page about the questions."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from booking.intake.rules.questionnaire import Item
from booking.intake.rules.rewording import Words

LONGEST_WORDS = 400  # characters of one question, and of why it is asked
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


class WordingForm(FlaskForm):  # type: ignore[misc] # it has no types
    """The words of a section's questions. Make one with `wording_form`."""

    asked: Sequence[Item] = ()

    @property
    def words(self) -> dict[str, Words]:
        """By question, the words as they were sent."""
        return {
            item.link_id: Words(self._sent("text", item), self._sent("why", item))
            for item in self.asked
        }

    def _sent(self, part: str, item: Item) -> str:
        return " ".join(str(self[f"{part}-{item.link_id}"].data or "").split())


def wording_form(asked: Sequence[Item]) -> type[WordingForm]:
    """Return a form with two fields for each question: what is asked, and why."""
    short = Length(max=LONGEST_WORDS, message=_("This is too long."))
    fields: dict[str, object] = {"asked": asked}
    for item in asked:
        needed = [DataRequired(_("A question needs words.")), short]
        text = TextAreaField(_("What is asked"), needed, default=item.text)
        why = TextAreaField(_("Why we ask"), [short], default=item.why)
        fields |= {f"text-{item.link_id}": text, f"why-{item.link_id}": why}
    return type("WordingFormOfSection", (WordingForm,), fields)
