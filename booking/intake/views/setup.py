"""The owner's page about the questions: versions, a new one with its check, preview, approval."""

from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.clinic import queries as clinic_queries
from booking.core import clock
from booking.core.db import transaction
from booking.core.settings import Settings
from booking.core.words import day_words
from booking.intake.actions import setup as actions
from booking.intake.forms.setup import ApprovalForm, LoadForm
from booking.intake.queries import questionnaires
from booking.intake.rules.checking import Report
from booking.intake.rules.questionnaire import Questionnaire, shipped, walk
from booking.intake.views.staff import staff
from booking.intake.views.words import _, label


@staff.get("/questions-asked")
@needs(Permission.INTAKE_SETUP)
def setup() -> Any:
    """Show which version is asked, who approved it, what can be left out, and others there are."""
    return _page(LoadForm(formdata=None), ApprovalForm(formdata=None))


@staff.post("/questions-asked/load")
@needs(Permission.INTAKE_SETUP)
def load_questions() -> Any:
    """Check a new version; keep it if nothing is wrong, else say what is."""
    form, report = LoadForm(), None
    if form.validate_on_submit():
        with transaction():
            report = actions.load_version(current_actor(), str(form.content.data), now=clock.now())
        if report.questionnaire is not None:
            return redirect(url_for("intake.setup"), code=303)
        form.content.errors = [_("Nothing was loaded. What is wrong stands below.")]
    return _page(form, ApprovalForm(formdata=None), report=report)


@staff.get("/questions-asked/shipped")
@needs(Permission.INTAKE_SETUP)
def preview_shipped() -> str:
    """Show every question of the shipped version in order."""
    return _preview(shipped())


@staff.get("/questions-asked/<uuid:loaded>")
@needs(Permission.INTAKE_SETUP)
def preview(loaded: UUID) -> str:
    """Show every question of one of the clinic's own versions in order."""
    return _preview(questionnaires.whole(actions.version_of(loaded).version), loaded)


def _preview(found: Questionnaire, loaded: UUID | None = None) -> str:
    asked = found.before_later_visit()
    return render_template("intake/staff/preview.html", asked=asked, label=label, loaded=loaded)


@staff.post("/questions-asked/use")
@needs(Permission.INTAKE_SETUP)
def use_questions() -> Response:
    """Ask that version from now on; the shipped one where none is named."""
    named = request.form.get("public_id", "")
    with transaction():
        actions.use_version(current_actor(), UUID(named) if named else None, now=clock.now())
    return redirect(url_for("intake.setup"), code=303)


@staff.post("/questions-asked/approve")
@needs(Permission.INTAKE_SETUP)
def approve_questions() -> Any:
    """Note who approved the version that is asked."""
    form = ApprovalForm()
    day = form.approved_on.data
    if not form.validate_on_submit() or day is None:
        return _page(LoadForm(formdata=None), form)
    with transaction():
        actions.approve(
            current_actor(),
            _version(),
            lead=str(form.lead.data),
            qualification=str(form.qualification.data),
            on=day,
            now=clock.now(),
        )
    return redirect(url_for("intake.setup"), code=303)


@staff.post("/questions-asked/switch")
@needs(Permission.INTAKE_SETUP)
def switch_question() -> Response:
    """Ask a question, or leave it out."""
    with transaction():
        actions.switch(
            current_actor(),
            request.form.get("question", ""),
            asked=request.form.get("asked") == "yes",
            now=clock.now(),
        )
    return redirect(url_for("intake.setup"), code=303)


def _version() -> str:
    row = questionnaires.in_use()
    return row.version if row is not None else shipped().version


def _page(load: LoadForm, approval: ApprovalForm, *, report: Report | None = None) -> Any:
    version, failed = _version(), bool(load.errors or approval.errors)
    whole = questionnaires.whole(version)
    off = questionnaires.not_asked(whole)
    approved = questionnaires.approvals().get(version)
    settings: Settings = current_app.extensions["settings"]
    problems = [_(each.text, where=each.where) for each in report.problems] if report else []
    body = render_template(
        "intake/staff/setup.html",
        version=version,
        versions=questionnaires.loaded(),
        shipped=shipped().version,
        approved=approved,
        approved_on=day_words(approved.approved_on) if approved is not None else "",
        sections=_switches(whole, off),
        watched=clinic_queries.organisation().watched_by,
        years=settings.records_kept_years,
        load=load,
        approval=approval,
        problems=problems,
        has_error=failed,
    )
    return body, 422 if failed else 200


def _switches(
    whole: Questionnaire, off: frozenset[str]
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """By section, each question that may be left out: its id, its words, whether it is asked."""
    able = {item.link_id for item in actions.can_be_switched(whole)}
    found = [
        (
            _(section.text),
            [
                (item.link_id, label(item), item.link_id not in off)
                for item in walk([section])
                if item.link_id in able
            ],
        )
        for section in whole.sections
    ]
    return [(title, switches) for title, switches in found if switches]
