"""Which questions are asked here: the version in use, and what the clinic has switched."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import select

from booking.clinic import queries as clinic_queries
from booking.core.db import session
from booking.intake.models import (
    AnswersVersion,
    IntakeForm,
    LaterForm,
    QuestionnaireApproval,
    QuestionnaireVersion,
    QuestionSwitch,
)
from booking.intake.rules.questionnaire import Questionnaire, load, shipped, walk
from booking.intake.rules.quiet import quietly
from booking.patients.models import Patient


def current() -> Questionnaire:
    """The questions as they are asked now before a first visit."""
    row = in_use()
    whole = _loaded(row.content) if row is not None else shipped()
    return whole.without(not_asked(whole))


def whole(version: str) -> Questionnaire:
    """A version with everything in it, to read answers with; the shipped one if it is gone."""
    if version == shipped().version:
        return shipped()
    row = own(version)
    return _loaded(row.content) if row is not None else shipped()


def own(version: str) -> QuestionnaireVersion | None:
    """The clinic's own version of that name, None where it is the shipped one or there is none."""
    wanted = select(QuestionnaireVersion).where(QuestionnaireVersion.version == version)
    return session().scalar(wanted)


def content(version: str) -> str:
    """A version as it is kept: FHIR R4 `Questionnaire` JSON."""
    row = own(version)
    if row is not None:
        return row.content
    return files("booking.intake").joinpath("questionnaire.json").read_text("utf-8")


def is_unused(row: QuestionnaireVersion) -> bool:
    """Whether nobody was asked a version, it is not in use, and nobody approved it."""
    named = [
        select(IntakeForm.id).where(IntakeForm.questionnaire_version == row.version),
        select(AnswersVersion.id).where(AnswersVersion.questionnaire_version == row.version),
        select(QuestionnaireApproval.id).where(QuestionnaireApproval.version == row.version),
    ]
    asked = any(session().scalar(each.limit(1)) is not None for each in named)
    return row.used_since is None and not asked


def put_to(patient: Patient, asked: Questionnaire) -> Questionnaire:
    """The questions as they are put to this patient, and their answers shown to staff.

    What was answered before something changed for her stays stored as it is.
    """
    return quietly(asked) if patient.quiet_since is not None else asked


def asked_with(
    form: IntakeForm | None, *, later: bool, answered: Collection[str] = ()
) -> Questionnaire:
    """What one form asks: the questions in use, once sent those it was answered with.

    A question switched off since stays where it is one of those `answered`.
    """
    if form is not None and form.sent_at is not None:
        version = whole(form.questionnaire_version)
        found = version.without(_gone(version, answered))
    else:
        found = current()
    return found.before_later_visit() if later else found


def of(form: IntakeForm) -> Questionnaire:
    """What one form asks; once sent, with everything its version has, whatever is switched."""
    later = session().get(LaterForm, form.id) is not None
    if form.sent_at is None:
        return asked_with(form, later=later)
    found = whole(form.questionnaire_version)
    return found.before_later_visit() if later else found


def _gone(version: Questionnaire, answered: Collection[str]) -> frozenset[str]:
    """What is not asked and has no answer, neither itself nor anything in it."""
    return frozenset(
        link_id
        for link_id in not_asked(version)
        if not any(item.link_id in answered for item in walk([version.find(link_id)]))
    )


def in_use() -> QuestionnaireVersion | None:
    """The clinic's own version that is in use, None where the shipped one is."""
    return session().scalar(
        select(QuestionnaireVersion)
        .where(QuestionnaireVersion.used_since.is_not(None))
        .order_by(QuestionnaireVersion.used_since.desc())
        .limit(1)
    )


def not_asked(whole: Questionnaire) -> frozenset[str]:
    """Items that are left out: off by default or switched off, and those nobody watches."""
    rows = session().scalars(select(QuestionSwitch))
    switched = {row.link_id: row.asked for row in rows}
    watched = bool(clinic_queries.organisation().watched_by)
    return frozenset(
        item.link_id
        for item in walk(whole.items)
        if not switched.get(item.link_id, not item.off) or (item.when_watched and not watched)
    )


def loaded() -> Sequence[QuestionnaireVersion]:
    """The clinic's own versions, newest first."""
    wanted = select(QuestionnaireVersion).order_by(QuestionnaireVersion.id.desc())
    return session().scalars(wanted).all()


def approvals() -> dict[str, QuestionnaireApproval]:
    """By version, the latest approval of it."""
    rows = session().scalars(select(QuestionnaireApproval).order_by(QuestionnaireApproval.id))
    return {row.version: row for row in rows}


@lru_cache(maxsize=8)
def _loaded(content: str) -> Questionnaire:
    return load(content)
