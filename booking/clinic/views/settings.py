"""The clinic's settings, one page for each thing an owner thinks of at one time."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.clinic import actions, queries
from booking.clinic.forms import BeginForm, CareForm, ClinicForm, HelpForm, RemindersForm
from booking.clinic.forms.settings import SettingsForm
from booking.clinic.models import Organisation
from booking.clinic.rules.regions import region_of
from booking.clinic.views import bp
from booking.clinic.views.shell import page, saved
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound

FORMS: Mapping[str, type[SettingsForm]] = {
    "names": ClinicForm,
    "help": HelpForm,
    "care": CareForm,
    "reminders": RemindersForm,
}


@bp.get("/settings")
@needs(Permission.CLINIC_EDIT)
def settings() -> Any:
    """Show what can be set, and where."""
    return page("settings", described=_clinic() is not None)


@bp.get("/settings/<string:group>")
@needs(Permission.CLINIC_EDIT)
def settings_group(group: str) -> Any:
    """Show one group of settings to change. Raises NotFound for one there is not."""
    kind, row = _kind(group), _clinic()
    return _page(group, kind(formdata=None, data=_shown(kind, row) if row is not None else {}))


@bp.post("/settings/<string:group>")
@needs(Permission.CLINIC_EDIT)
def save_settings(group: str) -> Any:
    """Keep what was typed; the first time this begins the clinic."""
    form = _kind(group)()
    if not form.validate():
        return _page(group, form)
    with transaction():
        keep = actions.describe if isinstance(form, BeginForm) else actions.set_columns
        keep(current_actor(), form.columns(), now=clock.now())
    return saved("clinic.settings_group", group=group)


TICKED = ("other_locales", "techniques", "permissions")  # words with blanks between


def _clinic() -> Organisation | None:
    try:
        return queries.organisation()
    except NotFound:
        return None


def _kind(group: str) -> type[SettingsForm]:
    if group not in FORMS or (group != "names" and _clinic() is None):
        raise NotFound
    return FORMS[group] if _clinic() is not None else BeginForm


def _shown(kind: type[SettingsForm], row: Organisation) -> dict[str, Any]:
    names = [name for name in vars(kind) if hasattr(row, name)]
    told: dict[str, Any] = {name: str(getattr(row, name)) for name in names}
    return told | {name: getattr(row, name).split() for name in TICKED}


def _page(group: str, form: SettingsForm) -> Any:
    row = _clinic()
    return page(
        "settings_group",
        group=group,
        form=form,
        laws=region_of(row.region).laws if row is not None else (),
        kept_years=current_app.extensions["settings"].records_kept_years,
    )
