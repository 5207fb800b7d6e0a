"""Forms of the worklist: syntax only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length


class AddressForm(FlaskForm):  # type: ignore[misc]
    """The address a message should have gone to."""

    email = StringField(
        _l("Right e-mail address"),
        validators=[DataRequired(_l("Enter an e-mail address")), Length(max=254)],
    )
