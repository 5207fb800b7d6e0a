"""Forms that take a new password, and the sentences for one that is not taken."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, ValidationError
from wtforms.validators import InputRequired

from booking.accounts.forms.fields import email_field, name_field
from booking.accounts.rules import (
    MINIMUM_ALONE,
    MINIMUM_WITH_CODE,
    PasswordProblem,
    Weakness,
    password_problem,
)


class _NewPassword(FlaskForm):  # type: ignore[misc]
    """A new password, typed twice because nothing on the page can show it without a script."""

    password = PasswordField(
        _l("New password"), validators=[InputRequired(_l("Choose a password."))]
    )
    password_again = PasswordField(
        _l("The same password again"),
        validators=[InputRequired(_l("Type the password a second time."))],
    )

    about: Iterable[str] = ()
    minimum = MINIMUM_WITH_CODE

    def validate_password(self, field: Field) -> None:
        """Say why a password is not taken."""
        problem = password_problem(
            field.data or "", minimum=self.minimum, about=(*self.about, *self.words())
        )
        if problem is not None:
            raise ValidationError(said(problem))

    def validate_password_again(self, field: Field) -> None:
        """The two must be the same."""
        if field.data != self.password.data:
            raise ValidationError(_("The two passwords are not the same."))

    def words(self) -> tuple[str, ...]:
        """Return what else on this form an attacker would know."""
        return ()


class OwnPasswordForm(_NewPassword):
    """A patient's own password, which stands alone."""

    minimum = MINIMUM_ALONE


class NewPasswordForm(_NewPassword):
    """A new password by a mailed link."""


class WelcomeForm(_NewPassword):
    """An invited person's first page; her address and work are fixed by the invitation."""

    name = name_field(_l("Your name"), _l("Enter your name."))

    def words(self) -> tuple[str, ...]:
        return (self.name.data or "",)


class OwnerForm(WelcomeForm):
    """The first owner's page."""

    email = email_field()

    def words(self) -> tuple[str, ...]:
        return (self.name.data or "", self.email.data or "")


def said(problem: PasswordProblem) -> str:
    """Return the sentence that says why a password is not taken."""
    sentences = {
        Weakness.TOO_SHORT: _(
            "Use at least %(limit)s characters. A few unrelated words work well.",
            limit=problem.limit,
        ),
        Weakness.TOO_LONG: _("Use at most %(limit)s characters.", limit=problem.limit),
        Weakness.KNOWN_WORD: _(
            "This is built around “%(word)s”, which others know about you or the clinic. "
            "Add words that have nothing to do with either.",
            word=problem.word,
        ),
        Weakness.COMMON: _(
            "This is built around “%(word)s”, one of the first things people guess. "
            "Add words nobody would expect.",
            word=problem.word,
        ),
        Weakness.PATTERN: _(
            "This repeats itself or follows the keyboard, so it is quickly guessed. "
            "A few unrelated words work well."
        ),
    }
    return str(sentences[problem.weakness])
