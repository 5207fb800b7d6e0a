"""All that is kept about a person, to be read and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from booking.accounts.models import Passkey, PatientPassword, SignInSession
from booking.appointments import actions as appointments
from booking.appointments.models import AnotherTime, Appointment, ChangeRequest, Delay
from booking.calendars.models import CalendarFeed, VisitAnswer
from booking.care.models import Change
from booking.conversations.models import Line
from booking.core.db import session
from booking.intake.models import (
    AnswersVersion,
    Consent,
    Decision,
    Flag,
    IntakeForm,
    LaterForm,
    Question,
    ReadingRight,
    TypedForm,
    VisitLine,
)
from booking.intake.queries.answers import newest
from booking.intake.rules.answers import Answers
from booking.intake.rules.draft import Draft
from booking.mail.models import Mail
from booking.patients.models import LegalHold, Patient
from booking.reminders.models import ContactTask
from booking.rights.models import EmergencyAccess
from booking.waiting.models import WaitingEntry, WaitingOffer

Plain = dict[str, Any]
"""JSON values by name; instants are ISO 8601 in UTC."""


@dataclass(frozen=True, kw_only=True)
class FormKept:
    """The newest answers before one visit; `response` is the FHIR resource they are kept as."""

    asked_at: datetime
    sent_at: datetime | None
    answers: Answers
    response: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Everything:
    """All that is kept about one person: her records, visits, and answers, oldest first.

    `more` is the rest, as lists of plain values by the keys of `rules.REACH`.
    """

    records: Sequence[Patient]
    visits: Sequence[Appointment]
    forms: Sequence[FormKept]
    more: dict[str, list[Plain]]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "contact": [_contact(one) for one in self.records],
            "visits": [_visit(one) for one in self.visits],
            "answers": [one.response for one in self.forms],
            **self.more,
        }


def everything_of(person_id: int, ids: Sequence[int]) -> Everything:
    """Return all that is kept about a person with these records."""
    records = _rows(Patient, Patient.id.in_(ids))
    visits = session().scalars(
        select(Appointment)
        .where(Appointment.patient_id.in_(ids))
        .options(
            joinedload(Appointment.service),
            joinedload(Appointment.practitioner),
            joinedload(Appointment.location),
        )
        .order_by(Appointment.starts_at)
    )
    forms = _rows(IntakeForm, IntakeForm.patient_id.in_(ids))
    found = visits.all()
    about = [one.id for one in found]
    return Everything(
        records=records,
        visits=found,
        forms=[kept for form in forms if (kept := _kept(form))],
        more={
            "forms": [_form(one) for one in forms],
            **_sealed_of(forms),
            "consents": [_consent(one) for one in _rows(Consent, Consent.patient_id.in_(ids))],
            "who_may_read": [
                {"name": one.practitioner.name, **_of(one, "given_at", "until", "ended_at")}
                for one in _rows(ReadingRight, ReadingRight.patient_id.in_(ids))
            ],
            "waiting": [
                _wait(one) for one in _rows(WaitingEntry, WaitingEntry.patient_id.in_(ids))
            ],
            "conversation": [
                {
                    **_of(one, "written_at", "text"),
                    "written_by": "you" if one.by_user_id is None else "the clinic",
                }
                for one in _rows(Line, Line.patient_id.in_(ids))
            ],
            "changes_said": [_change(one) for one in _rows(Change, Change.person_id == person_id)],
            "times_kept": [
                _of(kept, "starts_at", "ends_at", "expires_at", "typed")
                for record in records
                for kept in appointments.holds_for(record)
            ],
            "messages": [
                _of(one, "kind", "created_at", "sent_at") for one in _mail(records, about)
            ],
            "calendar_addresses": [
                _of(one, "created_at")
                for one in _rows(CalendarFeed, CalendarFeed.person_id == person_id)
            ],
            "legal_holds": [
                _of(one, "placed_at", "lifted_at")
                for one in _rows(LegalHold, LegalHold.patient_id.in_(ids))
            ],
            "ways_in": _ways_in(person_id),
            "emergencies": [
                _of(one, "opened_at", "expires_at", "ended_at", "reason")
                for one in _rows(EmergencyAccess, EmergencyAccess.patient_id.in_(ids))
            ],
            "sign_ins": [
                _of(one, "created_at", "last_seen_at", "ended_at", "browser")
                for one in _rows(SignInSession, _signed_in(person_id, about))
            ],
        },
    )


def _ways_in(person_id: int) -> list[Plain]:
    keys = _rows(Passkey, Passkey.person_id == person_id)
    passwords = _rows(PatientPassword, PatientPassword.person_id == person_id)
    return [
        *(_of(one, "name", "created_at", "last_used_at", "removed_at") for one in keys),
        *({"name": "password", "created_at": _value(one.changed_at)} for one in passwords),
    ]


def _rows(table: Any, *which: ColumnElement[bool]) -> Sequence[Any]:
    return (
        session().scalars(select(table).where(*which).order_by(*table.__mapper__.primary_key)).all()
    )


def _mail(records: Sequence[Patient], visits: Sequence[int]) -> Sequence[Mail]:
    hers = Mail.owner_id.in_([one.public_id for one in records])
    return _rows(Mail, or_(hers, Mail.appointment_id.in_(visits)))


def _signed_in(person_id: int, visits: Sequence[int]) -> ColumnElement[bool]:
    return or_(SignInSession.person_id == person_id, SignInSession.appointment_id.in_(visits))


def _of(row: Any, *names: str) -> Plain:
    return {name: _value(getattr(row, name)) for name in names}


def _value(value: Any) -> Any:
    """Return what JSON can hold of a column's value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _contact(one: Patient) -> Plain:
    return {
        "name": one.name,
        "email": one.email,
        "phone": one.phone,
        "safe_channels": sorted(one.safe_channels),
        "note": one.contact_note,
        "since": one.created_at.isoformat(),
        "wishes": one.wishes or {},
        **_of(one, "invites", "zone", "gently", "quiet_since"),
    }


def _visit(one: Appointment) -> Plain:
    about: dict[str, tuple[Any, tuple[str, ...]]] = {
        "changes_asked": (ChangeRequest, ("wish", "created_at", "settled_at", "outcome")),
        "delay": (Delay, ("minutes", "noted_at")),
        "another_time": (AnotherTime, ("mailed", "call_asked_at")),
        "calls_and_texts": (ContactTask, ("told", "created_at", "done_at")),
        "noted_at_the_visit": (VisitLine, ("topic", "outcome", "noted_at")),
        "calendar_answers": (VisitAnswer, ("answer", "received_at", "seen_at")),
    }
    return {
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "service": one.service.outward_name,
        "practitioner": one.practitioner.name,
        "location": one.location.outward_name,
        **_of(one, "status", "way", "created_at", "changed_at"),
        **_of(one, "arrived_at", "started_at", "finished_at", "cancelled_at"),
        "meets_another_because": one.overlap_reason,
        **{
            key: [_of(row, *names) for row in _rows(table, table.appointment_id == one.id)]
            for key, (table, names) in about.items()
        },
    }


def _kept(form: IntakeForm) -> FormKept | None:
    found = newest(form)
    if found is None:
        return None
    return FormKept(
        asked_at=form.created_at,
        sent_at=form.sent_at,
        answers=Draft.read(found.response).answers,
        response=found.response,
    )


def _form(one: IntakeForm) -> Plain:
    """How a form came about: whether it builds on an earlier one, who typed it, what was asked."""
    earlier = session().get(LaterForm, one.id)
    typed = session().get(TypedForm, one.id)
    return {
        "visit": one.appointment.starts_at.isoformat(),
        **_of(one, "questionnaire_version", "state", "created_at", "first_answer_at", "sent_at"),
        "builds_on_an_earlier_one": earlier is not None,
        "typed_for_you": _of(typed, "way", "typed_at", "confirmed_at") if typed else None,
        "asked_again": [
            _of(row, "link_id", "asked_at", "answered_at")
            for row in _rows(Question, Question.form_id == one.id)
        ],
    }


def _sealed_of(forms: Sequence[IntakeForm]) -> dict[str, list[Plain]]:
    """Every save of answers, and what the clinic noted on them."""
    ids = [one.id for one in forms]
    return {
        "saved_answers": [
            _of(row, "number", "saved_at", "response")
            for row in _rows(AnswersVersion, AnswersVersion.form_id.in_(ids))
        ],
        "flags": [
            {
                **_of(row, "severity", "quote", "raised_at", "cleared_at", "handled_at"),
                "decisions": [
                    _of(each, "choice", "note", "decided_at")
                    for each in _rows(Decision, Decision.flag_id == row.id)
                ],
            }
            for row in _rows(Flag, Flag.form_id.in_(ids))
        ],
    }


def _consent(one: Consent) -> Plain:
    """What she read or permitted, with the words that stood before her."""
    told = _of(one, "kind", "given", "at", "through", "text_version", "text_sha256")
    return {**told, "text": one.text.text}


def _wait(one: WaitingEntry) -> Plain:
    return {
        "service": one.service.outward_name,
        "practitioner": one.practitioner.name if one.practitioner else None,
        "location": one.location.outward_name if one.location else None,
        **_of(one, "weekdays", "parts", "until", "state", "created_at", "settled_at"),
        "offered": [
            _of(row, "starts_at", "made_at", "answer_by", "state")
            for row in _rows(WaitingOffer, WaitingOffer.entry_id == one.id)
        ],
    }


def _change(one: Change) -> Plain:
    return {
        **_of(one, "at", "undone_at", "ended_at", "messages"),
        "said_by": "you" if one.by_user_id is None else "the clinic for you",
        "visits": [each.appointment.starts_at.isoformat() for each in one.visits],
        "waiting": len(one.waits),
    }
