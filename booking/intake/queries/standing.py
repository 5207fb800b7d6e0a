"""Where forms stand: their live flags with the decisions made on them, and open questions."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from booking.appointments.models import LIVE, Appointment, Clearance, Status
from booking.core.db import session
from booking.intake.models import Decision, Flag, IntakeForm, Question, Severity
from booking.intake.rules.review import Standing
from booking.intake.rules.ruleset import shipped
from booking.patients.models import Patient


def live_flags(form_ids: Collection[int]) -> dict[int, list[Flag]]:
    """The flags that stand on these forms, most severe first."""
    wanted = select(Flag).where(Flag.form_id.in_(form_ids), Flag.cleared_at.is_(None))
    found: dict[int, list[Flag]] = defaultdict(list)
    for flag in sorted(session().scalars(wanted.order_by(Flag.id)), key=_rank):
        found[flag.form_id].append(flag)
    return found


def decisions_on(flags: Collection[Flag]) -> dict[int, Decision]:
    """By flag id, the latest decision made since that flag was (last) raised."""
    raised = {flag.id: flag.raised_at for flag in flags}
    wanted = select(Decision).where(Decision.flag_id.in_(raised)).order_by(Decision.id)
    rows = session().scalars(wanted)
    return {row.flag_id: row for row in rows if row.decided_at >= raised[row.flag_id]}


def standings(form_ids: Collection[int]) -> dict[int, list[Standing]]:
    """The live flags of these forms as the review sees them: no condition, no answer."""
    if not form_ids:
        return {}
    flags = live_flags(form_ids)
    if not flags:
        return {}
    decided = decisions_on([flag for each in flags.values() for flag in each])
    return {form_id: [standing(flag, decided) for flag in each] for form_id, each in flags.items()}


def standing(flag: Flag, decided: dict[int, Decision]) -> Standing:
    """One flag as the review sees it."""
    rule = shipped().rule(flag.rule_id)
    decision = decided.get(flag.id)
    return Standing(
        rule_id=flag.rule_id,
        severity=flag.severity,
        reception=rule.reception if rule is not None else "R-NONE",
        choice=decision.choice if decision is not None else None,
        rung=flag.handled_at is not None,
    )


def forms_sent(appointment_ids: Collection[int]) -> dict[int, datetime | None]:
    """By visit that asks for a form, when it was sent; None while there is none, or a draft."""
    rows = session().execute(
        select(Appointment.id, IntakeForm.sent_at)
        .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
        .where(Appointment.id.in_(appointment_ids), Appointment.clearance != Clearance.NOT_NEEDED)
    )
    return {row[0]: row[1] for row in rows}


def visits_with_forms(
    patient_ids: Collection[int], *, now: datetime
) -> Sequence[tuple[Appointment, int | None]]:
    """The booked visits of these records that are to come, each with the id of its form, if any."""
    wanted = (
        select(Appointment, IntakeForm.id)
        .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
        .where(
            Appointment.patient_id.in_(patient_ids),
            Appointment.status == Status.BOOKED,
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [(visit, form_id) for visit, form_id in session().execute(wanted)]


def visits_with_flag(
    rule_id: str, *, start: datetime, end: datetime, but_of: int
) -> Sequence[tuple[int, datetime, datetime]]:
    """Visits at a location during `[start, end)` on whose form a rule has fired, whenever it did.

    As (location's id, start, end); those of the person `but_of` (her resource) are left out.
    """
    wanted = (
        select(Appointment.location_id, Appointment.starts_at, Appointment.ends_at)
        .join(IntakeForm, IntakeForm.appointment_id == Appointment.id)
        .join(Flag, Flag.form_id == IntakeForm.id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(
            Flag.rule_id == rule_id,
            Patient.resource_id != but_of,
            Appointment.status.in_(LIVE),
            Appointment.room_id.is_not(None),
            Appointment.starts_at < end,
            Appointment.ends_at > start,
        )
    )
    return [(place, begins, ends) for place, begins, ends in session().execute(wanted)]


def asked_of_others(version: str, *, now: datetime, at_most: int) -> Sequence[int]:
    """Sent forms of visits to come that not this version of the rules was asked of last: ids."""
    wanted = (
        select(IntakeForm.id)
        .join(Appointment, Appointment.id == IntakeForm.appointment_id)
        .where(
            IntakeForm.sent_at.is_not(None),
            or_(IntakeForm.rules_version.is_(None), IntakeForm.rules_version != version),
            Appointment.status.in_(LIVE),
            Appointment.ends_at > now,
        )
        .order_by(Appointment.starts_at, IntakeForm.id)
        .limit(at_most)
    )
    return session().scalars(wanted).all()


def births_to_look_up(*, after: int, at_most: int) -> Sequence[int]:
    """The newest sent form of each record found by no birth date: ids beyond `after`, in order."""
    newest = (
        select(func.max(IntakeForm.id))
        .join(Patient, Patient.id == IntakeForm.patient_id)
        .where(IntakeForm.sent_at.is_not(None), Patient.born_key.is_(None))
        .group_by(IntakeForm.patient_id)
        .having(func.max(IntakeForm.id) > after)
        .order_by(func.max(IntakeForm.id))
        .limit(at_most)
    )
    return session().scalars(newest).all()


def ever_raised(patient_id: int) -> frozenset[str]:
    """The ids of all rules that have fired on any form of hers."""
    wanted = select(Flag.rule_id).join(IntakeForm, IntakeForm.id == Flag.form_id)
    return frozenset(session().scalars(wanted.where(IntakeForm.patient_id == patient_id)))


def open_questions(form_id: int) -> Sequence[Question]:
    """What the clinic asked and she has not answered yet, oldest first."""
    wanted = select(Question).where(Question.form_id == form_id, Question.answered_at.is_(None))
    return session().scalars(wanted.order_by(Question.id)).all()


def open_question_counts(form_ids: Collection[int]) -> dict[int, int]:
    """By form id, how many questions wait for her answer; forms without any are left out."""
    rows = session().execute(
        select(Question.form_id, func.count())
        .where(Question.form_id.in_(form_ids), Question.answered_at.is_(None))
        .group_by(Question.form_id)
    )
    return {row[0]: row[1] for row in rows}


def _rank(flag: Flag) -> int:
    return Severity(flag.severity).rank
