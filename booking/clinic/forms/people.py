"""The form for somebody who treats."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from booking.clinic.forms.fields import reads, text_field
from booking.clinic.rules import PractitionerPlan
from booking.clinic.rules import values as v

_SHORT = _l("Enter a short text on one line.")


class TreatingForm(FlaskForm):  # type: ignore[misc]
    """Who somebody is, as patients read it."""

    name = text_field(_l("Name"), reads(v.text, _SHORT))
    about = text_field(_l("About, in one or two sentences"), reads(v.words, _SHORT))
    languages = text_field(_l("Languages"), reads(v.words, _SHORT))
    email = text_field(
        _l("E-mail address"),
        reads(v.email_or_nothing, _l("Enter one e-mail address, or leave it empty.")),
    )
    video_url = text_field(
        _l("Address for video visits"),
        reads(v.web_address, _l("Write the whole address, beginning with https://.")),
    )

    def columns(self) -> dict[str, str]:
        """Return what was typed, by column."""
        names = ("name", "about", "languages", "email", "video_url")
        return {name: str(self[name].data) for name in names}

    def plan(self) -> PractitionerPlan:
        """Return the person as a clinic's file would say it."""
        return PractitionerPlan(**self.columns(), hours=())
