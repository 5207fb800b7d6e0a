"""Record what she read and permitted, and what came of offering treatment or company at a visit.

Nothing is ever changed: taking something back is one more record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.forms import ConsentRecorded
from booking.audit.rules.visits import VisitLineNoted
from booking.clinic import queries as clinic_queries
from booking.core.db import session
from booking.core.errors import BadInput, NotFound
from booking.intake.actions.opening import user_of
from booking.intake.models import (
    Consent,
    ConsentKind,
    ConsentText,
    Given,
    IntakeForm,
    Outcome,
    Through,
    Topic,
    VisitLine,
    Way,
)
from booking.intake.queries import questionnaires
from booking.intake.queries import review as reviews
from booking.intake.queries.consents import latest_lines, standing_consents
from booking.intake.queries.patient import choosing
from booking.intake.rules.answers import Answers
from booking.intake.rules.consents import FORM_QUESTIONS, Shown, asked_here, said_on_form

TYPED = {Way.PHONE: Through.PHONE, Way.PAPER: Through.PAPER, Way.VISIT: Through.DESK}


@dataclass(frozen=True)
class Source:
    """By what way something was said, and who noted it for her (a user id), if anybody."""

    through: Through
    recorded_by: int | None = None


def herself(actor: Actor) -> Source:
    """She says so on her own page."""
    return Source(Through.SIGNED_IN if actor.person_id is not None else Through.LINK)


def typed(actor: Actor, way: Way) -> Source:
    """Staff type what she said."""
    return Source(TYPED[way], user_of(actor))


def keep_said(
    actor: Actor,
    form: IntakeForm,
    counted: Answers,
    *,
    source: Source,
    pages: Mapping[ConsentKind, str] | None = None,
    now: datetime,
) -> None:
    """Record what the answers of a form just sent or corrected say of reading and permitting.

    `pages` are the texts linked beside a statement: with them the statements are recorded, each
    time they are put. A permission is recorded when it is another than the one that counts.
    """
    asked, standing = questionnaires.of(form), standing_consents(form.patient_id)
    for kind, given in said_on_form(counted).items():
        known = standing.get(kind)
        statement = kind in {ConsentKind.INFORMATION, ConsentKind.PRIVACY}
        if statement and pages is None:
            continue
        if not statement and known is not None and known.given is given:
            continue
        # As it stood before whoever reads now, in the language of the page.
        words = str(gettext(asked.find(FORM_QUESTIONS[kind]).text))
        text = "\n\n".join(filter(None, [words, (pages or {}).get(kind, "")]))
        shown = Shown(text, asked.version)
        record(actor, form.patient_id, kind, given, shown, source=source, now=now)


def permit(
    actor: Actor,
    visit: UUID,
    kind: ConsentKind,
    given: Given,
    shown: Shown,
    *,
    token: str,
    now: datetime,
) -> None:
    """She gives one permission, or takes it back. The same again changes nothing.

    `token` is the browser's cookie. Raises NotFound unless it is her own visit, WrongState where
    her answers may not be seen, BadInput for what is not asked here.
    """
    patient = choosing(actor, visit, token=token).patient
    known = standing_consents(patient.id).get(kind)
    if given is Given.TAKEN_BACK:
        if known is None or known.given is not Given.YES:
            return
    elif kind not in asked_here(clinic_queries.organisation().permissions):
        raise BadInput
    if known is None or known.given is not given:
        record(actor, patient.id, kind, given, shown, source=herself(actor), now=now)


def record_at_desk(
    actor: Actor,
    visit: UUID,
    kind: ConsentKind,
    given: Given,
    shown: Shown,
    *,
    through: Through,
    now: datetime,
) -> None:
    """Reception notes what she said at the desk, by phone or on paper. Raises NotFound."""
    patient = reviews.visit_for_reception(visit).patient
    source = Source(through, user_of(actor))
    known = standing_consents(patient.id).get(kind)
    if known is None or (known.given, known.text_sha256) != (given, shown.sha256):
        record(actor, patient.id, kind, given, shown, source=source, now=now)


def record(
    actor: Actor,
    patient_id: int,
    kind: ConsentKind,
    given: Given,
    shown: Shown,
    *,
    source: Source,
    now: datetime,
) -> None:
    """Add one record, and keep its text where it was not kept before."""
    if session().get(ConsentText, shown.sha256) is None:
        session().add(ConsentText(sha256=shown.sha256, text=shown.text))
        session().flush()
    row = Consent(
        patient_id=patient_id,
        kind=kind,
        given=given,
        text_version=shown.version,
        text_sha256=shown.sha256,
        at=now,
        through=source.through,
        recorded_by=source.recorded_by,
    )
    session().add(row)
    session().flush()
    audit.record(ConsentRecorded(patient_id=patient_id, consent_id=row.id), by=actor, at=now)


def note_line(actor: Actor, visit: UUID, topic: Topic, outcome: Outcome, *, now: datetime) -> None:
    """The practitioner of a visit notes what came of an offer. The same again changes nothing.

    Raises NotFound unless it is her own visit.
    """
    own = reviews.visit_for_practitioner(actor, visit, now=now)
    if not reviews.treats(actor, own):
        raise NotFound
    known = latest_lines(own.id).get(topic)
    if known is not None and known.outcome is outcome:
        return
    row = VisitLine(appointment_id=own.id, topic=topic, outcome=outcome, noted_at=now)
    row.noted_by = user_of(actor)
    session().add(row)
    session().flush()
    event = VisitLineNoted(patient_id=own.patient_id, appointment_id=own.id, line_id=row.id)
    audit.record(event, by=actor, at=now)
