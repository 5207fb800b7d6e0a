"""Those who treat here: added, described, and who of the staff each is."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import ClinicChanged
from booking.clinic import queries
from booking.clinic.actions.resources import NewResource
from booking.clinic.models import Practitioner
from booking.clinic.rules import PractitionerPlan
from booking.core.db import session
from booking.core.errors import WrongState


def add_practitioner(who: PractitionerPlan, position: int, new: NewResource) -> Practitioner:
    """Store somebody who treats; hours and invitations are for features above."""
    row = Practitioner(
        resource_id=new.practitioner(),
        name=who.name,
        email=who.email,
        title=who.title,
        outward_title=who.outward_title,
        about=who.about,
        languages=who.languages,
        video_url=who.video_url,
        position=position,
    )
    session().add(row)
    session().flush()
    return row


def welcome(
    actor: Actor, who: PractitionerPlan, new: NewResource, *, now: datetime
) -> Practitioner:
    """Add somebody who treats, after the others; no service is hers yet."""
    last = session().scalar(select(func.coalesce(func.max(Practitioner.position), 0)))
    row = add_practitioner(who, (last or 0) + 1, new)
    audit.record(ClinicChanged(what="practitioner", number=row.id), by=actor, at=now)
    return row


def describe_practitioner(
    actor: Actor, public_id: UUID, columns: Mapping[str, str], *, now: datetime
) -> None:
    """Change what is said of somebody who treats. Raises NotFound."""
    row = queries.anybody_who_treats(public_id)
    for name, value in columns.items():
        setattr(row, name, value)
    audit.record(ClinicChanged(what="practitioner", number=row.id), by=actor, at=now)


def let_treat(actor: Actor, public_id: UUID, *, active: bool, now: datetime) -> None:
    """Let somebody be booked, or no more; visits booked already stay. Raises NotFound."""
    row = queries.anybody_who_treats(public_id)
    row.active = active
    audit.record(ClinicChanged(what="practitioner", number=row.id), by=actor, at=now)


def give_account(practitioner_id: int, user_id: int) -> None:
    """Let a member of staff be this practitioner. Raises WrongState if somebody is already."""
    given = session().scalar(
        update(Practitioner)
        .where(Practitioner.id == practitioner_id, Practitioner.user_id.is_(None))
        .values(user_id=user_id)
        .returning(Practitioner.id)
    )
    if given is None:
        raise WrongState
