"""What a record says she read and permitted, and what was noted of a visit."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from booking.core.db import session
from booking.intake.models import Consent, ConsentKind, Topic, VisitLine
from booking.intake.rules.consents import latest
from booking.intake.rules.visibility import Level
from booking.patients import queries as patients


def consents_of(patient_id: int) -> Sequence[Consent]:
    """Everything she read, allowed, declined and took back, oldest first, with its text."""
    wanted = (
        select(Consent)
        .where(Consent.patient_id.in_(patients.ids_behind(patient_id)))
        .order_by(Consent.id)
    )
    return session().scalars(wanted.options(joinedload(Consent.text))).all()


def consents_at_desk(patient_id: int, *, level: Level) -> Sequence[Consent]:
    """The same as reception sees it: at the level of tasks without what her form says of a GP."""
    hidden = {ConsentKind.GP} if level is Level.TASKS else frozenset()
    return [row for row in consents_of(patient_id) if row.kind not in hidden]


def standing_consents(patient_id: int) -> dict[ConsentKind, Consent]:
    """By kind, what counts now."""
    return latest(consents_of(patient_id))


def lines_of(appointment_id: int) -> Sequence[VisitLine]:
    """What was noted of one visit, oldest first."""
    wanted = select(VisitLine).where(VisitLine.appointment_id == appointment_id)
    return session().scalars(wanted.order_by(VisitLine.id)).all()


def latest_lines(appointment_id: int) -> dict[Topic, VisitLine]:
    """By topic, the line that counts for one visit."""
    return {line.topic: line for line in lines_of(appointment_id)}
