"""The forms of signing in. Syntax only: what is allowed is decided in rules and actions."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from booking.access.policy import Role
from booking.accounts.forms.fields import (
    email_field,
    filled,
    name_field,
    plain_text,
    roles_field,
    trimmed,
)
from booking.accounts.forms.passwords import NewPasswordForm as NewPasswordForm
from booking.accounts.forms.passwords import OwnerForm as OwnerForm
from booking.accounts.forms.passwords import OwnPasswordForm as OwnPasswordForm
from booking.accounts.forms.passwords import WelcomeForm as WelcomeForm
from booking.accounts.forms.passwords import said as said
from booking.accounts.rules import LONGEST_PASSKEY_NAME
from booking.core.choices import choice


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
        filters=[trimmed],
        validators=[
            InputRequired(_l("Enter one of the recovery codes you saved.")),
            Length(max=60, message=_l("That is longer than a recovery code.")),
        ],
    )
    next = HiddenField()


class InviteForm(FlaskForm):  # type: ignore[misc]
    """The owner asks somebody to join the staff."""

    name = name_field(_l("Name"), _l("Enter the person's name."))
    email = email_field()
    roles = roles_field()
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


class PasskeyAnswerForm(FlaskForm):  # type: ignore[misc]
    """What a passkey signed, as the browser's script puts it in."""

    answer = HiddenField()
    next = HiddenField()


class PasskeyForm(PasskeyAnswerForm):
    """A new passkey, with a name its owner knows it by."""

    name = StringField(
        _l("A name for it"),
        filters=[trimmed],
        validators=[
            filled(_l("Give it a name, such as the device it is on.")),
            Length(max=LONGEST_PASSKEY_NAME, message=_l("Use at most 60 characters.")),
            plain_text,
        ],
    )


class PatientPasswordForm(FlaskForm):  # type: ignore[misc]
    """A patient signs in with the password she set."""

    name = name_field(_l("The name you booked with"), _l("Enter the name you booked with."))
    email = email_field()
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Enter your password."))])


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


class RolesForm(FlaskForm):  # type: ignore[misc]
    """What a member of staff does here from now on."""

    roles = roles_field()
