"""The forms of signing in. Syntax only: what is allowed is decided in rules and actions."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from booking.access.policy import Role
from booking.accounts.rules import (
    MINIMUM_WITH_CODE,
    PasswordProblem,
    Weakness,
    password_problem,
)
from booking.core.addresses import NotAnAddress, canonical_email
from booking.core.choices import choice

LONGEST_NAME = 120


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text else text


def _one_address(_form: FlaskForm, field: Field) -> None:
    try:
        canonical_email(field.data or "")
    except NotAnAddress:
        raise ValidationError(_("Enter one e-mail address, like name@example.com.")) from None


def _plain_text(_form: FlaskForm, field: Field) -> None:
    """Refuse line breaks, control characters and marks that turn the reading direction."""
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in field.data):
        raise ValidationError(_("Leave out line breaks and invisible characters."))


def _filled(message: Any) -> Callable[[FlaskForm, Field], None]:
    """Like InputRequired, but blanks alone are not an answer."""

    def check(_form: FlaskForm, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(str(message))

    return check


def name_field(label: Any, missing: Any) -> StringField:
    """Return a field for a person's name."""
    return StringField(
        label,
        filters=[_trimmed],
        validators=[
            _filled(missing),
            Length(max=LONGEST_NAME, message=_l("Use at most 120 characters for the name.")),
            _plain_text,
        ],
    )


def email_field() -> StringField:
    """Return a field for one e-mail address."""
    return StringField(
        _l("E-mail address"),
        filters=[_trimmed],
        validators=[_filled(_l("Enter your e-mail address.")), _one_address],
    )


class SignInForm(FlaskForm):  # type: ignore[misc]
    """A member of staff: the first step."""

    email = email_field()
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Enter your password."))])
    next = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The second step: six digits, blanks between them do not matter."""

    code = StringField(
        _l("Code"),
        filters=[lambda text: "".join((text or "").split())],
        validators=[InputRequired(_l("Enter the six digits from your authenticator app."))],
    )
    next = HiddenField()


class ProofForm(FlaskForm):  # type: ignore[misc]
    """A code beside what another form sent; named so that it meets none of that one's fields."""

    proof = StringField(
        _l("Code"),
        filters=[lambda text: "".join((text or "").split())],
        validators=[InputRequired(_l("Enter the six digits from your authenticator app."))],
    )


class DeskCodeForm(FlaskForm):  # type: ignore[misc]
    """The code a patient was given at the desk; blanks and hyphens do not matter."""

    code = StringField(
        _l("Code"),
        filters=[lambda text: "".join(c for c in (text or "").upper() if c.isalnum())],
        validators=[
            InputRequired(_l("Enter the code you were given at the desk.")),
            Length(max=20, message=_l("That is longer than a code from the desk.")),
        ],
    )


class RecoveryCodeForm(FlaskForm):  # type: ignore[misc]
    """The second step without the telephone."""

    code = StringField(
        _l("Recovery code"),
        filters=[_trimmed],
        validators=[
            InputRequired(_l("Enter one of the recovery codes you saved.")),
            Length(max=60, message=_l("That is longer than a recovery code.")),
        ],
    )
    next = HiddenField()


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

    def validate_password(self, field: Field) -> None:
        """Say why a password is not taken."""
        problem = password_problem(
            field.data or "", minimum=MINIMUM_WITH_CODE, about=(*self.about, *self.words())
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


class InviteForm(FlaskForm):  # type: ignore[misc]
    """The owner asks somebody to join the staff."""

    name = name_field(_l("Name"), _l("Enter the person's name."))
    email = email_field()
    roles = SelectMultipleField(
        _l("What this person does here"),
        choices=[
            choice(Role.RECEPTION.value, _l("Reception")),
            choice(Role.PRACTITIONER.value, _l("Practitioner")),
            choice(Role.OWNER.value, _l("Owner")),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(_l("Choose at least one kind of work."))],
    )
    practitioner = SelectField(_l("Whose calendar this person keeps"), default="")

    def offer(self, practitioners: Iterable[tuple[int, str]]) -> None:
        """Fill in the practitioners who have no account yet."""
        self.practitioner.choices = [
            choice("", _("Nobody's")),
            *(choice(str(number), name) for number, name in practitioners),
        ]

    def validate_practitioner(self, field: Field) -> None:
        """A calendar belongs to a practitioner."""
        chosen = self.roles.data or []
        if field.data and Role.PRACTITIONER.value not in chosen:
            raise ValidationError(_("Only a practitioner can keep a calendar."))
        if not field.data and Role.PRACTITIONER.value in chosen:
            raise ValidationError(_("Choose whose calendar this practitioner keeps."))


class PatientSignInForm(FlaskForm):  # type: ignore[misc]
    """A patient asks for a link."""

    name = name_field(_l("The name you booked with"), _l("Enter the name you booked with."))
    email = email_field()


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    """A member of staff asks for a new password."""

    email = email_field()


class AddressForm(FlaskForm):  # type: ignore[misc]
    """A member of staff asks to sign in with another address."""

    email = email_field()


class ButtonForm(FlaskForm):  # type: ignore[misc]
    """A button and nothing else."""


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
