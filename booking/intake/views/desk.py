"""One form as reception's page shows it: plain values, cut before they come here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking.appointments.models import Appointment, Clearance
from booking.appointments.views.words import room_name
from booking.clinic import queries as clinic_queries
from booking.core.errors import N_
from booking.core.words import clock_words, telephone_words
from booking.intake.actions.at_desk import DeskReview
from booking.intake.models import FormState, TypedForm
from booking.intake.queries.consents import lines_of
from booking.intake.rules.desk import Section
from booking.intake.rules.questionnaire import walk
from booking.intake.rules.review import Card, CardKind
from booking.intake.rules.ruleset import shipped as ruleset
from booking.intake.views.consents import Line, Said, lines_told, told
from booking.intake.views.said import said
from booking.intake.views.steps import Step, steps_at_desk, waiting_for
from booking.intake.views.words import Section as Told
from booking.intake.views.words import (
    _,
    first,
    full_when,
    lines,
    n_,
    near,
    near_within,
    on_day,
    section_of,
)
from booking.patients.models import Channel, Patient

FIXED_WORDS = {
    CardKind.GENTLE: N_("Gently"),
    CardKind.WAIT: N_("Waiting"),
    CardKind.CHAPERONE: N_("Company"),
    CardKind.OLD: N_("Short form"),
}


@dataclass(frozen=True)
class Shown:
    """One card: a flag shape with its word, a title, what to say, and lines below."""

    kind: CardKind
    shape: str
    word: str
    title: str
    lines: tuple[str, ...] = ()
    say: str = ""
    tone: str = ""


@dataclass(frozen=True)
class SectionLine:
    """One section of the form: how complete, and its visible answers."""

    state: str
    kept: bool
    told: Told


@dataclass(frozen=True)
class Page:
    """Everything the page shows."""

    public_id: UUID
    patient: Patient
    name: str
    first_name: str
    practitioner: str
    when: str
    reach: str
    phone: str
    phone_link: str
    state: FormState
    sent: bool
    cards: tuple[Shown, ...]
    sections: tuple[SectionLine, ...]
    waiting_for: str
    steps: tuple[Step, ...]
    asked: tuple[str, ...]
    claimed: str
    holder: int | None
    can_finish: bool
    waits_for_practitioner: bool
    begun: bool
    unconfirmed: str
    consents: tuple[Said, ...]
    lines: tuple[Line, ...]


def page(review: DeskReview, *, now: datetime) -> Page:
    """The page of one form at `now`."""
    visit, form = review.visit, review.form
    state = form.state if form is not None else FormState.DRAFT
    return Page(
        public_id=visit.public_id,
        patient=visit.patient,
        name=visit.patient.name,
        first_name=first(visit.patient.name),
        practitioner=first(visit.practitioner.name),
        when=header(visit, service=visit.service.outward_name, now=now),
        reach=_reach(review),
        phone=telephone_words(visit.patient.phone),
        phone_link=visit.patient.phone,
        state=state,
        sent=form is not None and form.sent_at is not None,
        cards=tuple(_card(each, review, now) for each in review.cards),
        sections=tuple(_section(each, review) for each in review.sections),
        waiting_for=waiting_for(review),
        steps=tuple(steps_at_desk(review, now=now)),
        asked=tuple(_asked(review)),
        claimed=_claimed(review),
        holder=form.claimed_by if form is not None else None,
        can_finish=state is FormState.SUBMITTED and not any(f.needs_call for f in review.flags),
        waits_for_practitioner=any(flag.needs_decision for flag in review.flags),
        begun=bool(review.answered),
        unconfirmed=unconfirmed(review.typed, visit.location.zone),
        consents=tuple(told(review.consents, zone=visit.location.zone)),
        lines=tuple(lines_told(lines_of(visit.id), zone=visit.location.zone)),
    )


def header(visit: Appointment, *, service: str, now: datetime) -> str:
    """When, where, with whom and what, in one line."""
    when = full_when(visit.starts_at, visit.ends_at, visit.location.zone, now=now)
    place = _("%(room)s with %(who)s", room=room_name(visit), who=visit.practitioner.name)
    return f"{when}. {place}. {service}."


def _reach(review: DeskReview) -> str:
    """How she says it is safe to reach her: on the form, else when she booked."""
    item = review.questionnaire.find("contact_ok")
    if "contact_ok" in review.answers:
        ways = said(item, review.answers["contact_ok"])
        return _("Safe ways to make contact: %(ways)s.", ways=ways)
    words = {
        Channel.TEXT: _("Text"),
        Channel.EMAIL: _("Email"),
        Channel.PHONE: _("Phone call"),
        Channel.VOICEMAIL: _("Voicemail"),
        Channel.LETTER: _("Letter"),
    }
    safe = review.visit.patient.safe_channels
    ways = "; ".join(text for channel, text in words.items() if channel in safe)
    return _("Safe ways to make contact: %(ways)s.", ways=ways) if ways else ""


def _card(card: Card, review: DeskReview, now: datetime) -> Shown:
    if card.kind in {CardKind.RING, CardKind.RANG}:
        return _call(card, review, now)
    if card.kind in {CardKind.PRACTITIONER, CardKind.DECIDED}:
        return _practitioner(card, review, now)
    if card.kind is CardKind.YOUNG:
        return _young(card, review)
    if card.kind in FIXED_WORDS:
        text = ruleset().texts[card.text]
        return Shown(
            card.kind, "note", _(FIXED_WORDS[card.kind]), _(text.title), (_(text.then),), tone=""
        )
    words = {
        CardKind.CONTACT: (_("Contact"), _("About contact")),
        CardKind.ACCESS: (_("Access"), _("To have ready")),
        CardKind.LANGUAGE: (_("Language"), _("Book interpreter")),
    }
    word, title = words[card.kind]
    return Shown(
        card.kind, "note", word, title, lines(review.questionnaire.find(card.text), review.answers)
    )


def _young(card: Card, review: DeskReview) -> Shown:
    text, limit = ruleset().texts[card.text], clinic_queries.organisation().minimum_age
    title, told = _(text.title), [_(text.then)]
    if review.too_young:
        title = _("Under %(n)s", n=limit)
        told.append(_("This age is not booked online. Please ring, and agree who comes along."))
    return Shown(card.kind, "check", _("Age"), title, tuple(told), tone="lead")


def _call(card: Card, review: DeskReview, now: datetime) -> Shown:
    text, visit = ruleset().texts[card.text], review.visit
    clinic = clinic_queries.organisation()
    names = {
        "name": visit.patient.name,
        "practitioner": visit.practitioner.name,
        "urgent_line": clinic.urgent_advice_line,
        "emergency_number": clinic.emergency_number,
    }
    if card.kind is CardKind.RANG and review.rang is not None:
        when = near(review.rang.at, visit.location.zone, now=now)
        title = _("%(who)s has rung", who=first(review.rang.name))
        return Shown(card.kind, "fine", _("Rung"), title, (when,))
    return Shown(
        card.kind,
        "stop",
        _("Ring now"),
        _(text.title, **names),
        (_(text.then, **names),),
        say=_(text.say, **names),
        tone="urgent",
    )


def _practitioner(card: Card, review: DeskReview, now: datetime) -> Shown:
    visit, who = review.visit, first(review.visit.practitioner.name)
    if card.kind is CardKind.DECIDED:
        held = visit.clearance is Clearance.STOPPED
        title = _("%(who)s has read this form and decided", who=who)
        line = _("Ask %(who)s before the visit.", who=who) if held else _("The visit can go ahead.")
        return Shown(card.kind, "check" if held else "fine", _("Decided"), title, (line,))
    title = _("%(who)s reads this form before treatment", who=who)
    keep = _("Keep the booking. Please don’t ask %(name)s why.", name=first(visit.patient.name))
    own = [each for each in review.openings if each.user_id == visit.practitioner.user_id]
    if own:
        when = near_within(own[-1].at, visit.location.zone, now=now)
        read = _("%(who)s last opened it: %(when)s.", who=who, when=when)
    else:
        read = _("%(who)s has not opened it yet.", who=who)
    return Shown(
        card.kind, "check", _("Practitioner first"), title, (f"{keep} {read}",), tone="lead"
    )


def _section(section: Section, review: DeskReview) -> SectionLine:
    if review.form is None:
        state = _("Not begun")
    elif not section.complete:
        state = _("Not complete")
    elif section.to_talk:
        state = n_(
            "%(num)s answer left to talk about in person",
            "%(num)s answers left to talk about in person",
            section.to_talk,
        )
    else:
        state = _("Complete")
    hidden = {each.link_id for each in walk([section.item]) if not section.shows(each)}
    told = section_of(section.item, review.answers, but=hidden)
    return SectionLine(state, section.kept, told)


def _asked(review: DeskReview) -> Sequence[str]:
    """The questions that are with her, as far as the desk may see them."""
    known = {item.link_id: item for item in review.askable}
    return [_(known[each].text) for each in review.asked if each in known]


def _claimed(review: DeskReview) -> str:
    form = review.form
    if form is None or form.claimed_at is None or not review.claimed_by:
        return ""
    when = clock_words(form.claimed_at, review.visit.location.zone)
    return _("Taken by %(who)s, %(when)s", who=review.claimed_by, when=when)


def unconfirmed(typed: TypedForm | None, zone: str) -> str:
    """That staff typed it and she has not confirmed it yet."""
    if typed is None or typed.confirmed_at is not None:
        return ""
    when = on_day(typed.typed_at, zone)
    return _("Typed by the clinic on %(when)s, not confirmed yet.", when=when)
