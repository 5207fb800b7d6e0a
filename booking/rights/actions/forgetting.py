"""Take out what says something about one patient, table by table (`rules.REACH`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from booking.access.policy import Actor
from booking.accounts.emails import sign_in_key
from booking.accounts.models import (
    OneTimeLink,
    Passkey,
    PatientBrowser,
    PatientPassword,
    PatientRecoveryCode,
    SignInSession,
)
from booking.appointments import actions as appointments
from booking.appointments.models import (
    AnotherTime,
    Appointment,
    BookingNonce,
    ChangeRequest,
    Delay,
    VisitLink,
)
from booking.calendars.models import CalendarFeed, VisitAnswer
from booking.care.models import Change, ChangedVisit, ChangedWait
from booking.conversations.models import Line
from booking.core.db import session
from booking.intake.models import (
    AnswersVersion,
    Consent,
    Decision,
    Flag,
    FormBrowser,
    IntakeForm,
    LaterForm,
    Question,
    ReadingRight,
    TypedForm,
    VisitLine,
)
from booking.mail import outbox
from booking.patients.models import ERASED_BEGINS, InviteStyle, LegalHold, Patient, RecordJoin
from booking.reminders.models import ContactTask
from booking.rights import queries
from booking.rights.models import EmergencyAccess
from booking.rights.rules import ERASED
from booking.waiting import actions as waiting
from booking.waiting.models import WaitingEntry, WaitingLink, WaitingOffer
from booking.waiting.rules import EntryState


def forget(patient: Patient, visits: Sequence[int], *, now: datetime) -> None:
    """Take out all that one record and its visits (ids) say about her.

    What hangs on the person, her ways in and what she said has changed, goes with the last of her
    records.
    """
    _mail(patient, visits, now=now)
    _waiting(patient, now=now)
    _answers(patient)
    for kept in appointments.holds_for(patient):
        appointments.release_hold(kept)
    _delete(Line, Line.patient_id == patient.id)
    _about_visits(visits)
    _ways_in_to(visits)
    if not queries.has_other_records(patient):
        _person(patient.resource_id, now=now)
    _joins(patient.id)
    _delete(LegalHold, LegalHold.patient_id == patient.id, LegalHold.lifted_at.is_not(None))
    _contact(patient.id)


def _delete(table: Any, *which: ColumnElement[bool]) -> None:
    session().execute(delete(table).where(*which), execution_options={"synchronize_session": False})


def _mail(patient: Patient, visits: Sequence[int], *, now: datetime) -> None:
    """Also what a relay has refused."""
    outbox.forget(appointment_ids=visits, owner_ids=[patient.public_id], now=now)


def _waiting(patient: Patient, *, now: datetime) -> None:
    """Give up her places with the times kept for them, and what had stopped some of them."""
    entries = session().scalars(select(WaitingEntry).where(WaitingEntry.patient_id == patient.id))
    for entry in entries.all():
        if entry.state is EntryState.WAITING:
            waiting.leave(Actor(), entry, now=now)
    hers = select(WaitingEntry.id).where(WaitingEntry.patient_id == patient.id)
    _delete(ChangedWait, ChangedWait.entry_id.in_(hers))
    _delete(WaitingLink, WaitingLink.entry_id.in_(hers))
    _delete(WaitingOffer, WaitingOffer.entry_id.in_(hers))
    _delete(WaitingEntry, WaitingEntry.patient_id == patient.id)


def _answers(patient: Patient) -> None:
    """Also what is sealed beyond reading, so that no page stumbles over it."""
    forms = select(IntakeForm.id).where(IntakeForm.patient_id == patient.id)
    flags = select(Flag.id).where(Flag.form_id.in_(forms))
    _delete(Decision, Decision.flag_id.in_(flags))
    _delete(LaterForm, or_(LaterForm.form_id.in_(forms), LaterForm.earlier_id.in_(forms)))
    for table in (Flag, Question, AnswersVersion, FormBrowser, TypedForm):
        _delete(table, table.form_id.in_(forms))
    for about in (Consent, ReadingRight):
        _delete(about, about.patient_id == patient.id)


def _about_visits(visits: Sequence[int]) -> None:
    for table in (
        AnotherTime,
        BookingNonce,
        ChangeRequest,
        ChangedVisit,
        ContactTask,
        Delay,
        VisitAnswer,
        VisitLine,
    ):
        _delete(table, table.appointment_id.in_(visits))
    session().execute(
        update(Appointment)
        .where(Appointment.id.in_(visits))
        .values(overlap_reason_sealed=None, let_go_at=None, video_url=""),
        execution_options={"synchronize_session": False},
    )


def _ways_in_to(visits: Sequence[int]) -> None:
    """Cookies and mailed links of these visits open nothing any more."""
    for table in (VisitLink, SignInSession):
        _delete(table, table.appointment_id.in_(visits))


def _person(person_id: int, *, now: datetime) -> None:
    """What was addressed to her mailbox alone, how she signed in, what she said has changed."""
    links = session().scalars(select(OneTimeLink.id).where(OneTimeLink.person_id == person_id))
    outbox.forget(dedupe_keys=[sign_in_key(each) for each in links], now=now)
    changes = select(Change.id).where(Change.person_id == person_id)
    for about in (ChangedWait, ChangedVisit):
        _delete(about, about.change_id.in_(changes))
    for table in (
        Change,
        SignInSession,
        OneTimeLink,
        CalendarFeed,
        Passkey,
        PatientBrowser,
        PatientPassword,
        PatientRecoveryCode,
    ):
        _delete(table, table.person_id == person_id)


def _joins(patient_id: int) -> None:
    """That it was quiet around her stands in what a join has kept to be parted again."""
    session().execute(
        update(RecordJoin)
        .where(or_(RecordJoin.gone_id == patient_id, RecordJoin.kept_id == patient_id))
        .values(moved={}),
        execution_options={"synchronize_session": False},
    )


def _contact(patient_id: int) -> None:
    session().execute(
        update(EmergencyAccess)
        .where(EmergencyAccess.patient_id == patient_id)
        .values(reason_sealed=None),
        execution_options={"synchronize_session": False},
    )
    session().execute(
        update(Patient)
        .where(Patient.id == patient_id)
        .values(
            name=ERASED,
            name_folded=f"erased {patient_id}",
            email="",
            email_canonical=f"{ERASED_BEGINS}{patient_id}",
            phone="",
            channels="",
            contact_note_sealed=None,
            wishes_sealed=None,
            led_in=None,
            invites=InviteStyle.NONE,
            zone="",
            quiet_since=None,
            gently=False,
            born_key=None,
            of_age_in=None,
        ),
        execution_options={"synchronize_session": False},
    )
