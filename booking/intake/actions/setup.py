"""The owner decides what is asked: her own version, which one is in use, who approved it."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.forms import QuestionsChanged
from booking.core.db import session
from booking.core.errors import BadInput, NotFound
from booking.intake.actions.opening import user_of
from booking.intake.models import QuestionnaireApproval, QuestionnaireVersion, QuestionSwitch
from booking.intake.queries import questionnaires
from booking.intake.rules.checking import Report, check
from booking.intake.rules.questionnaire import Item, Questionnaire, shipped, walk
from booking.intake.rules.rewording import Words, next_version, reworded


def load_version(actor: Actor, text: str, *, now: datetime) -> Report:
    """Check a questionnaire and keep it if nothing is wrong; it is not asked before it is used."""
    report = check(text, taken=[row.version for row in questionnaires.loaded()])
    if report.questionnaire is not None:
        row = QuestionnaireVersion(
            version=report.questionnaire.version, content=text, loaded_at=now
        )
        row.loaded_by = user_of(actor)
        session().add(row)
        _told(actor, "loaded", row.version, now)
    return report


def reword(
    actor: Actor, base: Questionnaire, words: Mapping[str, Words], *, now: datetime
) -> QuestionnaireVersion:
    """Keep a version's questions in other words, by their ids; it is not asked before it is used.

    One that nobody was asked yet and nobody approved is changed itself; of any other a version
    is made, so that answers stay beside the words they were given to. Raises BadInput for words
    that cannot be asked, and for a question there is not.
    """
    known = {item.link_id for each in base.items for item in walk([each])}
    if not words.keys() <= known:
        raise BadInput
    row = questionnaires.own(base.version)
    taken = {shipped().version, *(each.version for each in questionnaires.loaded())}
    fresh = row is not None and questionnaires.is_unused(row)
    version = base.version if fresh else next_version(base.version, taken)
    text = reworded(questionnaires.content(base.version), words, version=version)
    if check(text, taken=sorted(taken - {version})).questionnaire is None:
        raise BadInput
    if row is None or not fresh:
        row = QuestionnaireVersion(version=version, content=text, loaded_at=now)
        session().add(row)
    row.content, row.loaded_by = text, user_of(actor)
    session().flush()
    _told(actor, "reworded", version, now)
    return row


def use_version(actor: Actor, public_id: UUID | None, *, now: datetime) -> None:
    """Ask that version from now on, or the shipped one. Forms that were sent keep theirs."""
    session().execute(update(QuestionnaireVersion).values(used_since=None))
    version = shipped().version
    if public_id is not None:
        row = version_of(public_id)
        row.used_since, version = now, row.version
    _told(actor, "used", version, now)


def approve(
    actor: Actor, version: str, *, lead: str, qualification: str, on: date, now: datetime
) -> None:
    """Note that a named clinical lead approved a version. Raises NotFound for one there is not."""
    known = {shipped().version, *(row.version for row in questionnaires.loaded())}
    if version not in known:
        raise NotFound
    row = QuestionnaireApproval(
        version=version, lead=lead, qualification=qualification, approved_on=on, recorded_at=now
    )
    row.recorded_by = user_of(actor)
    session().add(row)
    _told(actor, "approved", version, now)


def switch(actor: Actor, link_id: str, *, asked: bool, now: datetime) -> None:
    """Ask a question or leave it out. Raises BadInput for one that safety needs."""
    if link_id not in [item.link_id for item in can_be_switched(_whole())]:
        raise BadInput
    page = next(page for page in walk(_whole().items) if link_id in [i.link_id for i in page.items])
    for each in (link_id, *([page.link_id] if page.off else [])):
        session().merge(QuestionSwitch(link_id=each, asked=asked))
    _told(actor, "switched", _whole().version, now)


def can_be_switched(asked: Questionnaire) -> list[Item]:
    """Questions the clinic may leave out: not needed, and not about safety."""
    pages = [page for section in asked.sections for page in section.items]
    return [
        item
        for page in pages
        for item in page.items
        if item.is_question and not (item.required or item.critical or item.when_watched)
    ]


def version_of(public_id: UUID) -> QuestionnaireVersion:
    """One of the clinic's own versions. Raises NotFound."""
    row = session().scalar(
        select(QuestionnaireVersion).where(QuestionnaireVersion.public_id == public_id)
    )
    if row is None:
        raise NotFound
    return row


def _whole() -> Questionnaire:
    row = questionnaires.in_use()
    return questionnaires.whole(row.version) if row is not None else shipped()


def _told(actor: Actor, change: str, version: str, now: datetime) -> None:
    audit.record(QuestionsChanged(change=change, version=version), by=actor, at=now)
