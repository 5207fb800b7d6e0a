"""The forms of the clinic's own pages. Syntax only."""

from booking.clinic.forms.credentials import CredentialForm, filled_from
from booking.clinic.forms.own_terms import OwnTermsForm
from booking.clinic.forms.people import TreatingForm
from booking.clinic.forms.places import LocationForm, NewLocationForm, RoomForm
from booking.clinic.forms.services import ServiceForm
from booking.clinic.forms.settings import (
    BeginForm,
    CareForm,
    ClinicForm,
    HelpForm,
    RemindersForm,
)
from booking.clinic.forms.words import MailWordsForm, PageForm

__all__ = [
    "BeginForm",
    "CareForm",
    "ClinicForm",
    "CredentialForm",
    "HelpForm",
    "LocationForm",
    "MailWordsForm",
    "NewLocationForm",
    "OwnTermsForm",
    "PageForm",
    "RemindersForm",
    "RoomForm",
    "ServiceForm",
    "TreatingForm",
    "filled_from",
]
