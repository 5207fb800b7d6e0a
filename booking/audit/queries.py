"""Named reads of the audit."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from booking.audit.models import AuditRow
from booking.audit.rules.visits import DayOpened
from booking.core.db import session


def about_appointment(
    appointment_id: int, *, patient_ids: Collection[int], tags: Collection[str]
) -> Sequence[AuditRow]:
    """Return what happened to one visit, oldest first, of these kinds only.

    `patient_ids` are the records it was on: several where records were joined.
    """
    wanted = (
        select(AuditRow)
        .where(AuditRow.patient_id.in_(patient_ids), AuditRow.tag.in_(tags))
        .order_by(AuditRow.id)
    )
    rows = session().scalars(wanted).all()
    return [row for row in rows if row.details.get("appointment_id") == appointment_id]


def about_records(
    patient_ids: Collection[int], *, days: Collection[str] = ()
) -> Sequence[AuditRow]:
    """Return all that is recorded about these records, newest first.

    `days` ("2027-07-05") adds the openings of the lists on which their visits stood.
    """
    on_list = and_(AuditRow.tag == DayOpened.tag, AuditRow.details["day"].as_string().in_(days))
    wanted = (
        select(AuditRow)
        .where(or_(AuditRow.patient_id.in_(patient_ids), on_list))
        .order_by(AuditRow.id.desc())
    )
    return session().scalars(wanted).all()


RECENT = 20_000
"""Rows from the end among which what happened lately is looked for; an hour has fewer."""


def since(at: datetime, *, tag: str) -> Sequence[AuditRow]:
    """Return what of one kind happened from `at` on, newest first."""
    wanted = select(AuditRow).where(AuditRow.tag == tag, AuditRow.at >= at)
    return session().scalars(wanted.order_by(AuditRow.id.desc())).all()


def many_patients(at: datetime, *, tags: Collection[str], at_least: int) -> dict[int, int]:
    """Return which users met so many patients from `at` on in rows of these kinds, and how many."""
    newest = select(func.coalesce(func.max(AuditRow.id), 0)).scalar_subquery()
    count = func.count(AuditRow.patient_id.distinct())
    wanted = (
        select(AuditRow.actor, count)
        .where(AuditRow.id > newest - RECENT, AuditRow.at >= at, AuditRow.tag.in_(tags))
        .group_by(AuditRow.actor)
        .having(count >= at_least)
    )
    found = session().execute(wanted.where(AuditRow.actor.startswith("user:"))).all()
    return {int(actor.removeprefix("user:")): number for actor, number in found}
