"""One form as the practitioner's page shows it: what was raised and why, then every answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.models import Clearance
from booking.clinic import queries as clinic
from booking.core.words import clock_words, day_words, local_day
from booking.intake.actions.flags import quoted, would_raise
from booking.intake.forms.review import CHOICES
from booking.intake.models import Choice, Decision, Flag, Severity
from booking.intake.queries import review as queries
from booking.intake.queries.consents import consents_of, lines_of
from booking.intake.queries.review import Opening, Review
from booking.intake.rules.answers import Json, from_response
from booking.intake.rules.facts import age_on
from booking.intake.rules.questionnaire import Item
from booking.intake.rules.ruleset import Part, Rule, Source
from booking.intake.rules.ruleset import shipped as ruleset
from booking.intake.views import since
from booking.intake.views.consents import Line, Said, lines_told, told
from booking.intake.views.desk import header, unconfirmed
from booking.intake.views.steps import Step
from booking.intake.views.words import (
    Row,
    Section,
    _,
    first,
    near_within,
    row,
    section_of,
    short,
)
from booking.patients.models import Patient

SHAPES = {Severity.URGENT: "stop", Severity.BEFORE: "check", Severity.NOTE: "note"}


@dataclass(frozen=True)
class Decided:
    """A decision as it was recorded."""

    choice: str
    note: str
    who: str
    when: str


@dataclass(frozen=True)
class Raised:
    """One flag: shape and word, title, the answer that raised it, the rule and its sources."""

    rule_id: str
    shape: str
    word: str
    title: str
    quotes: tuple[Row, ...]
    left_out: tuple[str, ...]
    parts: tuple[Part, ...]
    rule: str
    version: str
    sources: tuple[Source, ...]
    decided: Decided | None
    needs_decision: bool
    decidable: bool


@dataclass(frozen=True)
class Page:
    """Everything the page shows."""

    public_id: UUID
    patient: Patient
    name: str
    first_name: str
    when: str
    opened: str
    age: int | None
    sent: bool
    begun: bool
    changes: tuple[since.Changed, ...]
    medicines: tuple[tuple[str, str], ...]
    again: bool
    before: str
    raised: tuple[Raised, ...]
    groups: tuple[Section, ...]
    steps: tuple[Step, ...]
    mine: bool
    practitioner: str
    version: int
    to_decide: int
    decidable: bool
    asked_for: bool
    unconfirmed: str
    consents: tuple[Said, ...]
    lines: tuple[Line, ...]


def page(review: Review, *, reader: Actor, now: datetime) -> Page:
    """The page of one form at `now` for the practitioner who reads it."""
    visit, form = review.visit, review.form
    flags = _flags(review, now)
    raised = [_raised(flag, review) for flag in flags if _matters(flag)]
    sent = form is not None and form.sent_at is not None
    return Page(
        public_id=visit.public_id,
        patient=visit.patient,
        name=visit.patient.name,
        first_name=first(visit.patient.name),
        when=header(visit, service=visit.service.name, now=now),
        opened=_opened(review, reader, now),
        age=_age(review),
        sent=sent,
        begun=review.version > 0,
        changes=tuple(since.changes(review)),
        medicines=tuple(since.medicine_changes(review)),
        again=review.earlier is not None,
        before=since.before(review),
        raised=tuple(raised),
        groups=tuple(_groups(review, raised)) if review.answers else (),
        steps=tuple(_steps(review, reader, now)),
        mine=queries.treats(reader, visit),
        practitioner=visit.practitioner.name,
        version=review.version,
        to_decide=sum(each.needs_decision for each in raised),
        decidable=any(flag.severity is not Severity.NOTE for flag in flags),
        asked_for=visit.clearance is not Clearance.NOT_NEEDED,
        unconfirmed=unconfirmed(review.typed, visit.location.zone),
        consents=tuple(told(consents_of(visit.patient_id), zone=visit.location.zone)),
        lines=tuple(lines_told(lines_of(visit.id), zone=visit.location.zone)),
    )


@dataclass(frozen=True)
class _Standing:
    """A flag as stored, or as it would be raised on a form not sent yet."""

    rule_id: str
    severity: Severity
    quote: Json
    decision: Decision | None


def _flags(review: Review, now: datetime) -> list[_Standing]:
    stored = [_stored(flag, review) for flag in review.flags]
    sent = review.form is not None and review.form.sent_at is not None
    if sent or review.visit.clearance is Clearance.NOT_NEEDED:
        return stored
    known = {flag.rule_id for flag in stored}
    coming = would_raise(review.visit, review.answers, now=now)
    fresh = [
        _Standing(each.rule_id, each.severity, quoted(each.quotes, now=now), None)
        for each in coming
        if each.rule_id not in known
    ]
    return sorted([*stored, *fresh], key=lambda flag: flag.severity.rank)


def _matters(flag: _Standing) -> bool:
    """Tell whether a flag is about something this clinic does; only a note can be about less."""
    rule = ruleset().rule(flag.rule_id)
    if rule is None or flag.severity is not Severity.NOTE:
        return True
    return rule.matters(clinic.organisation().offered_techniques)


def _stored(flag: Flag, review: Review) -> _Standing:
    return _Standing(flag.rule_id, flag.severity, flag.quote or {}, review.decided.get(flag.id))


def _raised(flag: _Standing, review: Review) -> Raised:
    rule, known = ruleset().rule(flag.rule_id), since.known_items(review)
    words = {
        Severity.URGENT: _("Urgent"),
        Severity.BEFORE: _("Before treatment"),
        Severity.NOTE: _("Note"),
    }
    return Raised(
        rule_id=flag.rule_id,
        shape=SHAPES[flag.severity],
        word=words[flag.severity],
        title=_(rule.title) if rule is not None else flag.rule_id,
        quotes=_quotes(flag.quote, known),
        left_out=tuple(
            short(known[each]) for each in flag.quote.get("left_out", ()) if each in known
        ),
        parts=_parts(rule),
        rule=_(rule.in_words) if rule is not None else "",
        version=rule.version if rule is not None else "",
        sources=tuple(ruleset().sources[code] for code in rule.sources) if rule is not None else (),
        decided=_decided(flag.decision, review),
        needs_decision=flag.severity is not Severity.NOTE and flag.decision is None,
        decidable=flag.severity is not Severity.NOTE,
    )


def _parts(rule: Rule | None) -> tuple[Part, ...]:
    if rule is None:
        return ()
    offered = clinic.organisation().offered_techniques
    return tuple(
        replace(part, text=_(part.text))
        for part in rule.practitioner
        if not part.technique or part.technique in offered
    )


def _quotes(quote: Json, known: dict[str, Item]) -> tuple[Row, ...]:
    """The answers that raised it; what hangs on another answer is said with that one."""
    answers = {key: answer for key, answer in from_response(quote).items() if key in known}
    below = {child.link_id for key in answers for child in known[key].items}
    return tuple(row(known[key], answers) for key in answers if key not in below)


def _decided(decision: Decision | None, review: Review) -> Decided | None:
    if decision is None:
        return None
    names = queries.names_of([decision.decided_by])
    zone = review.visit.location.zone
    day = day_words(local_day(decision.decided_at, zone))
    return Decided(
        choice=str(CHOICES[Choice(decision.choice)]),
        note=decision.note or "",
        who=names.get(decision.decided_by, ""),
        when=f"{day}, {clock_words(decision.decided_at, zone)}",
    )


def _groups(review: Review, raised: Sequence[Raised]) -> list[Section]:
    """Her answers by section; what raised something is marked."""
    marked: dict[str, frozenset[str]] = defaultdict(frozenset)
    for quote in (quote for each in raised for quote in each.quotes):
        marked[quote.link_id] |= frozenset(quote.lines)
    found = (
        section_of(each, review.answers, raised=marked) for each in review.questionnaire.sections
    )
    return [each for each in found if each.rows or each.no or each.left_out]


def _age(review: Review) -> int | None:
    born = review.answers.get("dob")
    if born is None or born.date is None or born.date.day is None:
        return None
    day = local_day(review.visit.starts_at, review.visit.location.zone)
    return age_on(born.date, day)


def _opened(review: Review, reader: Actor, now: datetime) -> str:
    """Who has opened these answers before, in one sentence."""
    zone = review.visit.location.zone
    if not review.openings:
        return _("You are the first to open these answers.")
    others = [each for each in review.openings if each.user_id != reader.user_id]
    last: Opening = (others or review.openings)[-1]
    when = near_within(last.at, zone, now=now)
    if not others:
        return _("Only you have opened these answers, last %(when)s.", when=when)
    return _("Last opened by %(who)s, %(when)s.", who=last.name, when=when)


def _steps(review: Review, reader: Actor, now: datetime) -> list[Step]:
    visit, form = review.visit, review.form
    zone = visit.location.zone
    needed = _("Needed by %(when)s", when=near_within(visit.starts_at, zone, now=now))
    if form is None or form.sent_at is None:
        with_her = _("With %(name)s", name=first(visit.patient.name))
        return [("now", with_her, ""), ("next", _("Ready"), needed)]
    day = day_words(local_day(form.sent_at, zone))
    steps: list[Step] = [("done", _("Answered"), f"{day}, {clock_words(form.sent_at, zone)}")]
    open_ = any(
        flag.severity is not Severity.NOTE and flag.id not in review.decided
        for flag in review.flags
    )
    if open_:
        own = [each for each in review.openings if each.user_id == reader.user_id]
        first_look = _("Opened %(when)s", when=near_within(own[0].at, zone, now=now)) if own else ""
        return [*steps, ("now", _("With you"), first_look), ("next", _("Ready"), needed)]
    return [*steps, ("done", _("Decided"), "") if review.decided else ("done", _("Ready"), "")]
