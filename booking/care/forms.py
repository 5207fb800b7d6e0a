"""The form of the quiet switch: syntax only."""

from collections.abc import Collection, Sequence
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField

from booking.appointments.models import Appointment
from booking.core.choices import choice

KEEP, LET_GO = "keep", "let-go"
PREFIX = "visit-"


class ChangeForm(FlaskForm):  # type: ignore[misc]
    """One choice for each visit, and the wish to be met gently. Make one with `change_form`."""

    gently = BooleanField(lazy_gettext("Please be gentle"))

    @property
    def let_go(self) -> Collection[UUID]:
        """The public ids of the visits not kept."""
        return {
            UUID(field.name.removeprefix(PREFIX))
            for field in self
            if field.name.startswith(PREFIX) and field.data == LET_GO
        }


class EndForm(FlaskForm):  # type: ignore[misc]
    """Whether she still wants to be met gently once messages come again."""

    gently = BooleanField(lazy_gettext("Please be gentle"), id="gently-after")


def change_form(visits: Sequence[Appointment]) -> ChangeForm:
    """Return a form that asks about these visits. Each is kept unless she says otherwise."""
    choices = [choice(KEEP, lazy_gettext("Keep it")), choice(LET_GO, lazy_gettext("Let it go"))]
    fields = {
        f"{PREFIX}{visit.public_id}": RadioField(label="", choices=choices, default=KEEP)
        for visit in visits
    }
    return type("ChangeFormOfVisits", (ChangeForm,), fields)()  # type: ignore[no-any-return]
