"""One form as the practitioner's page shows it: what was raised and why, then every answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.core.words import clock_words, day_words, local_day
from booking.intake.actions.flags import quoted, would_raise
from booking.intake.forms.review import CHOICES
from booking.intake.models import Choice, Decision, Flag, Severity
from booking.intake.queries import review as queries
from booking.intake.queries.review import Opening, Review
from booking.intake.rules.answers import Json, from_response
from booking.intake.rules.flags import age_on
from booking.intake.rules.progress import asked
from booking.intake.rules.questionnaire import Item, walk
from booking.intake.rules.questionnaire import shipped as questionnaire
from booking.intake.rules.ruleset import Part, Rule, Source
from booking.intake.rules.ruleset import shipped as ruleset
from booking.intake.views.desk import Step, first, header
from booking.intake.views.words import Row, _, near, row

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
    parts: tuple[Part, ...]
    rule: str
    version: str
    sources: tuple[Source, ...]
    decided: Decided | None
    needs_decision: bool


@dataclass(frozen=True)
class Group:
    """One section of her answers; `no` are the questions answered with a plain no."""

    key: str
    title: str
    rows: tuple[Row, ...]
    no: tuple[Row, ...]


@dataclass(frozen=True)
class Page:
    """Everything the page shows."""

    public_id: UUID
    name: str
    first_name: str
    when: str
    opened: str
    age: int | None
    sent: bool
    begun: bool
    contact_note: str
    raised: tuple[Raised, ...]
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    mine: bool
    practitioner: str
    version: int
    to_decide: int
    decidable: bool


def page(review: Review, *, reader: Actor, now: datetime) -> Page:
    """The page of one form at `now` for the practitioner who reads it."""
    visit, form = review.visit, review.form
    flags = _flags(review, now)
    raised = [_raised(flag, review) for flag in flags]
    sent = form is not None and form.sent_at is not None
    return Page(
        public_id=visit.public_id,
        name=visit.patient.name,
        first_name=first(visit.patient.name),
        when=header(visit, service=visit.service.name, now=now),
        opened=_opened(review, reader, now),
        age=_age(review),
        sent=sent,
        begun=review.version > 0,
        contact_note=visit.patient.contact_note or "",
        raised=tuple(raised),
        groups=tuple(_groups(review, {row.link_id for each in raised for row in each.quotes})),
        steps=tuple(_steps(review, reader, now)),
        mine=queries.treats(reader, visit),
        practitioner=visit.practitioner.name,
        version=review.version,
        to_decide=sum(each.needs_decision for each in raised),
        decidable=any(flag.severity is not Severity.NOTE for flag in flags),
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
    if review.form is not None and review.form.sent_at is not None:
        return stored
    known = {flag.rule_id for flag in stored}
    coming = would_raise(review.visit, review.answers, now=now)
    fresh = [
        _Standing(each.rule_id, each.severity, quoted(each.quotes, now=now), None)
        for each in coming
        if each.rule_id not in known
    ]
    return sorted([*stored, *fresh], key=lambda flag: flag.severity.rank)


def _stored(flag: Flag, review: Review) -> _Standing:
    return _Standing(flag.rule_id, flag.severity, flag.quote or {}, review.decided.get(flag.id))


def _raised(flag: _Standing, review: Review) -> Raised:
    rule = ruleset().rule(flag.rule_id)
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
        quotes=tuple(_quotes(flag.quote)),
        parts=_parts(rule),
        rule=_(rule.in_words) if rule is not None else "",
        version=rule.version if rule is not None else "",
        sources=tuple(ruleset().sources[code] for code in rule.sources) if rule is not None else (),
        decided=_decided(flag.decision, review),
        needs_decision=flag.severity is not Severity.NOTE and flag.decision is None,
    )


def _parts(rule: Rule | None) -> tuple[Part, ...]:
    return tuple(replace(part, text=_(part.text)) for part in rule.practitioner) if rule else ()


def _quotes(quote: Json) -> list[Row]:
    known = {item.link_id: item for item in walk(questionnaire().sections)}
    answers = from_response(quote)
    found = [row(known[key], answer) for key, answer in answers.items() if key in known]
    return found + [row(known[key], None) for key in quote.get("left_out", ()) if key in known]


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


def _groups(review: Review, quoted_ids: set[str]) -> list[Group]:
    """Her answers by section, what she said other than no first."""
    groups = []
    for section in questionnaire().sections:
        put = [item for page_ in section.items for item in asked(page_, review.answers)]
        rows = [_answer_row(item, review, quoted_ids) for item in put if not item.tick]
        plain = {item.link_id for item in put if _is_no(item, review.answers)}
        groups.append(
            Group(
                section.link_id,
                _(section.text),
                tuple(each for each in rows if each.link_id not in plain),
                tuple(each for each in rows if each.link_id in plain),
            )
        )
    return [group for group in groups if group.rows or group.no]


def _answer_row(item: Item, review: Review, quoted_ids: set[str]) -> Row:
    found = row(item, review.answers.get(item.link_id))
    return replace(found, raised=item.link_id in quoted_ids)


def _is_no(item: Item, answers: Mapping[str, object]) -> bool:
    answer = answers.get(item.link_id)
    return getattr(answer, "codes", ()) == ("no",)


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
    when = near(last.at, zone, now=now)
    if not others:
        return _("Only you have opened these answers, last %(when)s.", when=when)
    return _("Last opened by %(who)s, %(when)s.", who=last.name, when=when)


def _steps(review: Review, reader: Actor, now: datetime) -> list[Step]:
    visit, form = review.visit, review.form
    zone = visit.location.zone
    needed = _("Needed by %(when)s", when=near(visit.starts_at, zone, now=now))
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
        first_look = _("Opened %(when)s", when=near(own[0].at, zone, now=now)) if own else ""
        return [*steps, ("now", _("With you"), first_look), ("next", _("Ready"), needed)]
    return [*steps, ("done", _("Decided"), "") if review.decided else ("done", _("Ready"), "")]
