"""The one clinic's own row: made once, changed by the owner."""

from collections.abc import Mapping
from datetime import datetime

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import ClinicChanged
from booking.clinic import queries
from booking.clinic.models import Organisation, ReceptionView
from booking.clinic.rules.regions import region_of
from booking.core.db import session
from booking.core.errors import N_, WrongState


def begin(columns: Mapping[str, object]) -> Organisation:
    """Store the clinic in a database that has none. Raises WrongState where there is one."""
    if session().get(Organisation, 1) is not None:
        raise WrongState(N_("This database already holds a clinic. Nothing was changed."))
    row = Organisation(**{**_typed(columns), "id": 1})
    session().add(row)
    session().flush()
    return row


def describe(actor: Actor, columns: Mapping[str, object], *, now: datetime) -> None:
    """Begin the clinic with what its country suggests and these columns. Raises WrongState."""
    country = region_of(str(columns.get("region", "")))
    begin({**country.columns, **columns})
    audit.record(ClinicChanged(what="settings", number=1), by=actor, at=now)


def set_columns(actor: Actor, columns: Mapping[str, object], *, now: datetime) -> None:
    """Change columns of the clinic that is there. Raises NotFound where there is none."""
    row = queries.organisation()
    for name, value in _typed(columns).items():
        setattr(row, name, value)
    audit.record(ClinicChanged(what="settings", number=1), by=actor, at=now)


def _typed(columns: Mapping[str, object]) -> dict[str, object]:
    told = dict(columns)
    if "reception_view" in told:
        told["reception_view"] = ReceptionView(str(told["reception_view"]))
    return told
