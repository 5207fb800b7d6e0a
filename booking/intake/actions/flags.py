"""Raising flags: the rules are run on what was saved, and what fires is kept with its answer.

An urgent flag never goes away because an answer changed afterwards: somebody rings first. Other
flags are taken back when their answer changes, and are raised anew, to be decided anew, when
what they quote changes.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.access.policy import Actor
from booking.appointments.models import Appointment, Clearance
from booking.audit import actions as audit
from booking.audit.rules.forms import FlagRaised, FormStateChanged
from booking.clinic import queries as clinic_queries
from booking.core.db import session
from booking.intake import emails
from booking.intake.models import Flag, FormState, IntakeForm, Severity
from booking.intake.queries import questionnaires
from booking.intake.queries.answers import (
    answers_before,
    earlier_than,
    form_of,
    last_sent_beside,
    sent_answers,
)
from booking.intake.queries.standing import ever_raised, open_questions, standings
from booking.intake.rules import medicines, questionnaire, review
from booking.intake.rules.answers import Answer, Answers, Json, to_response
from booking.intake.rules.facts import Circumstances
from booking.intake.rules.flags import Quote, Raised, raise_flags
from booking.intake.rules.ruleset import shipped as rules
from booking.mail import outbox


def raise_for(
    form: IntakeForm, answers: Answers, *, now: datetime, link: str = ""
) -> Sequence[Flag]:
    """Run the rules on what was just saved and return the flags that stand.

    Before a form is sent only the urgent rules run. `answers` are all answers of the form; those
    of questions that no longer apply are left out here. `link` is the full address of the list
    of forms, for the message that an urgent flag sends to the desk at once.
    """
    raised = would_raise(form.appointment, answers, now=now)
    if form.sent_at is None:
        raised = [each for each in raised if each.at_once]
    _said_once_more(form, raised, now=now)
    return keep(form, raised, now=now, link=link)


def _said_once_more(form: IntakeForm, raised: Sequence[Raised], *, now: datetime) -> None:
    """Take back what was rung about, where she has taken it back herself and now says it again.

    It is then raised as if for the first time: what is told to the desk once is not told for good.
    """
    fired = {each.rule_id for each in raised}
    rung = [
        flag
        for flag in _flags_of(form.id)
        if flag.severity is Severity.URGENT and flag.handled_at and flag.rule_id in fired
    ]
    if not rung:
        return
    before = would_raise(form.appointment, answers_before(form), now=now)
    for flag in rung:
        if flag.rule_id not in {each.rule_id for each in before}:
            flag.cleared_at = flag.cleared_at or now


def raise_unsent(form: IntakeForm, answers: Answers, *, now: datetime) -> Sequence[Flag]:
    """Run every rule on a form she has not sent, for a practitioner who goes through it with her.

    Then what is unknown is what has to be asked in person.
    """
    return keep(form, would_raise(form.appointment, answers, now=now), now=now)


def would_raise(visit: Appointment, answers: Answers, *, now: datetime) -> list[Raised]:
    """What every rule says of these answers; nothing is stored."""
    form = form_of(visit.id)
    if form is not None:
        asked = questionnaires.of(form)
    else:
        asked = questionnaires.asked_with(form, later=_is_later(visit, form))
    return raise_flags(
        questionnaire.live(asked.sections, answers),
        _circumstances(visit, form, now=now),
        medicines=medicines.shipped(),
    )


def _circumstances(visit: Appointment, form: IntakeForm | None, *, now: datetime) -> Circumstances:
    zone = ZoneInfo(visit.location.zone)
    sent = form.sent_at if form is not None else None
    return Circumstances(
        today=now.astimezone(zone).date(),
        visit_on=visit.starts_at.astimezone(zone).date(),
        answered_on=sent.astimezone(zone).date() if sent is not None else None,
        outstanding=sent is None and _is_later(visit, form),
        ever=ever_raised(visit.patient_id),
    )


def _is_later(visit: Appointment, form: IntakeForm | None) -> bool:
    """Whether the form builds, or would build, on the one before an earlier visit."""
    earlier = earlier_than(form) if form is not None else last_sent_beside(visit)
    return earlier is not None


def refresh(form: IntakeForm, answers: Answers, *, now: datetime, link: str = "") -> bool:
    """Ask the rules again of a sent form, as another day or a newer version of them may say more.

    Return whether anything changed; nothing is written while they say the same.
    """
    if form.sent_at is None:
        return False
    raised = would_raise(form.appointment, answers, now=now)
    standing = {flag.rule_id: flag for flag in _flags_of(form.id) if flag.cleared_at is None}
    stays = {key for key, flag in standing.items() if flag.severity is Severity.URGENT}
    same = {each.rule_id for each in raised} | stays == set(standing) and all(
        _is_kept(standing[each.rule_id], each, now) for each in raised
    )
    if not same:
        session().execute(
            select(Appointment.id).where(Appointment.id == form.appointment_id).with_for_update()
        )
        keep(form, raised, now=now, link=link)
    elif form.rules_version != rules().version:
        form.rules_version = rules().version
        session().flush()
    return not same


def ask_again(form_id: int, *, link: str, now: datetime) -> bool:
    """Ask the rules of today again of a form that others raised flags on; tell if it changed."""
    form = session().get_one(IntakeForm, form_id)
    visit = select(Appointment.id).where(Appointment.id == form.appointment_id)
    session().execute(visit.with_for_update())  # a page of hers may be saved at this moment
    session().refresh(form)
    return refresh(form, sent_answers(form), now=now, link=link)


def _is_kept(flag: Flag, each: Raised, now: datetime) -> bool:
    return _says(flag, each, quoted(each.quotes, now=now)) and flag.rule_version == each.version


def keep(
    form: IntakeForm, raised: Sequence[Raised], *, now: datetime, link: str = ""
) -> Sequence[Flag]:
    """Store what fired, take back what no longer does, and let form and visit follow."""
    known = {flag.rule_id: flag for flag in _flags_of(form.id)}
    fresh = [flag for flag in (_kept(form, each, known, now) for each in raised) if flag]
    everything = form.sent_at is not None or any(not each.at_once for each in raised)
    fired = {each.rule_id for each in raised}
    for flag in known.values():
        stays = flag.rule_id in fired or flag.severity is Severity.URGENT
        if everything and not stays and flag.cleared_at is None:
            flag.cleared_at = now
    if everything:
        form.rules_version = rules().version
    session().flush()
    _tell_the_desk(fresh, link=link, now=now)
    settle(form, now=now)
    for flag in fresh:
        event = FlagRaised(patient_id=form.patient_id, form_id=form.id, flag_id=flag.id)
        audit.record(event, by=None, at=now)
    return [flag for flag in _flags_of(form.id) if flag.cleared_at is None]


def settle(form: IntakeForm, *, now: datetime, by: Actor | None = None) -> None:
    """Work out afresh where the form stands and whether its visit may start.

    The visit's row is locked by whoever calls this (`form_for_appointment`); what was loaded
    before the lock is read again, for an unchanged value would not be written.
    """
    session().flush()
    session().refresh(form, ["state", "sent_at", "reception_done_at"])
    session().refresh(form.appointment, ["clearance"])
    flags = standings([form.id]).get(form.id, [])
    sent = form.sent_at is not None
    state = review.state_of(
        flags,
        sent=sent,
        questions_open=len(open_questions(form.id)),
        reception_done=form.reception_done_at is not None,
    )
    clearance = Clearance(review.verdict(flags, sent=sent))
    # A visit that needs no form is held back all the same by what a form of it raised.
    asks = any(flag.severity is not Severity.NOTE for flag in flags)
    if form.appointment.clearance is not Clearance.NOT_NEEDED or asks:
        form.appointment.clearance = clearance
    if form.state is not state:
        form.state = FormState(state)
        event = FormStateChanged(patient_id=form.patient_id, form_id=form.id, state=state)
        audit.record(event, by=by, at=now)


def quoted(quotes: Sequence[Quote], *, now: datetime) -> Json:
    """Quotes as plain JSON: which questions were left out, and the answers of the others."""
    answers: dict[str, Answer] = {}
    for quote in quotes:
        if quote.answer is None:
            continue
        before = answers.get(quote.question)
        rows = (*before.rows, *quote.answer.rows) if before is not None else quote.answer.rows
        answers[quote.question] = Answer(rows=rows) if rows else quote.answer
    response = to_response(
        answers,
        questionnaire=questionnaire.shipped().canonical,
        status="completed",
        authored=now,
    )
    left_out = [quote.question for quote in quotes if quote.answer is None]
    return {"left_out": left_out, "item": response.get("item", [])}


def _flags_of(form_id: int) -> Sequence[Flag]:
    return session().scalars(select(Flag).where(Flag.form_id == form_id).order_by(Flag.id)).all()


def _kept(form: IntakeForm, each: Raised, known: dict[str, Flag], now: datetime) -> Flag | None:
    """Store one flag; return it if it is new or says something new."""
    flag, quote = known.get(each.rule_id), quoted(each.quotes, now=now)
    if flag is not None and flag.cleared_at is None and _says(flag, each, quote):
        if flag.rule_version == each.version:
            return None
        if flag.severity is Severity.URGENT:
            flag.rule_version = each.version  # said and rung about: a new wording is no new call
            return None
    if flag is None:
        flag = Flag(form_id=form.id, owner_id=form.owner_id, rule_id=each.rule_id)
        session().add(flag)
    flag.rule_version, flag.severity, flag.raised_at = each.version, each.severity, now
    flag.cleared_at = flag.handled_at = flag.handled_by = None
    flag.quote = quote
    return flag


def _says(flag: Flag, each: Raised, quote: Json) -> bool:
    return flag.quote == quote and flag.severity is each.severity


def _tell_the_desk(fresh: Sequence[Flag], *, link: str, now: datetime) -> None:
    """One message for what was raised in one go, if the clinic named an address for it."""
    urgent = [flag for flag in fresh if flag.severity is Severity.URGENT]
    clinic = clinic_queries.organisation()
    if urgent and clinic.urgent_email:
        outbox.enqueue(emails.staff_urgent(urgent[0], clinic, link=link), now=now)
