"""Where a form stands, in words: what has happened so far, and what has to happen next."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from booking.intake.actions.at_desk import DeskReview
from booking.intake.models import FormState, IntakeForm
from booking.intake.views.words import _, first, near_within, on_day

Step: TypeAlias = tuple[str, str, str]


def waiting_for(review: DeskReview) -> str:
    """What has to happen until the form is ready, in one sentence."""
    who, name = first(review.visit.practitioner.name), first(review.visit.patient.name)
    state = review.form.state if review.form is not None else FormState.DRAFT
    undecided = any(flag.needs_decision for flag in review.flags)
    if state is FormState.DRAFT:
        return _("It comes to you when %(name)s sends it.", name=name)
    if state is FormState.NEEDS_INFORMATION:
        return _("It comes back to you when %(name)s has answered.", name=name)
    if state is FormState.WITH_PRACTITIONER:
        return _("It moves to Ready when %(who)s has recorded a decision.", who=who)
    if state is FormState.READY:
        return _("Nothing is left to do.")
    if undecided:
        return _(
            "It moves to Ready when %(who)s has recorded a decision and your part is done.", who=who
        )
    return _("It moves to Ready when your part is done.")


def steps_at_desk(review: DeskReview, *, now: datetime) -> list[Step]:
    """The steps of the timeline: (done, now or next), what, when."""
    visit, form = review.visit, review.form
    zone, name = visit.location.zone, first(visit.patient.name)

    def at(instant: datetime) -> str:
        return on_day(instant, zone)

    steps: list[Step] = [("done", _("Booked"), at(visit.created_at))]
    if form is None or form.sent_at is None:
        steps.append(("now", _("With %(name)s", name=name), ""))
    else:
        steps.append(("done", _("Answered"), at(form.sent_at)))
        steps += _review_steps(review, form, at)
    needed = _("Needed by %(when)s", when=near_within(visit.starts_at, zone, now=now))
    ready = form is not None and form.state is FormState.READY
    return [*steps, ("done" if ready else "next", _("Ready"), "" if ready else needed)]


def _review_steps(
    review: DeskReview, form: IntakeForm, at: Callable[[datetime], str]
) -> list[Step]:
    who = first(review.visit.practitioner.name)
    if form.state is FormState.NEEDS_INFORMATION:
        name = first(review.visit.patient.name)
        return [("now", _("A question is with %(name)s", name=name), "")]
    steps: list[Step] = []
    if form.reception_done_at is not None:
        steps.append(("done", _("Reception’s part done"), at(form.reception_done_at)))
    undecided = any(flag.needs_decision for flag in review.flags)
    if form.state is FormState.SUBMITTED:
        text = _("With %(who)s and reception", who=who) if undecided else _("With reception")
        steps.append(("now", text, ""))
    elif form.state is FormState.WITH_PRACTITIONER:
        steps.append(("now", _("With %(who)s", who=who), ""))
    return steps
