"""What accounts asks of the features above it, which it does not know."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app

from booking import shell
from booking.access.policy import Actor, Permission
from booking.accounts.actions.outside import Guest, Outside
from booking.accounts.emails import Addressee
from booking.appointments.queries import board as visit_board
from booking.clinic import actions as clinic_actions
from booking.clinic import queries as clinic_queries
from booking.clinic.emails import frame
from booking.core.settings import Settings
from booking.patients import queries as patient_queries
from booking.rights import views as rights


def of_accounts() -> Outside:
    """What accounts asks of the features above it."""
    return Outside(
        person_id=patient_queries.person_to_sign_in,
        reach=_reach,
        guest_of=_guest_of,
        practitioner_of=clinic_queries.practitioner_id_of,
        open_practitioners=clinic_queries.practitioners_without_account,
        link_practitioner=clinic_actions.give_account,
        clinic_words=_clinic_words,
        mail_frame=_mail_frame,
        home=_staff_home,
        notices=lambda actor: list(rights.notices(actor)),
        zone=lambda: ZoneInfo(clinic_queries.home_zone()),
    )


def _guest_of(actor: Actor, visit: UUID) -> Guest:
    patient = visit_board.visit_for(actor, visit).patient
    return Guest(person_id=patient.resource_id, patient_id=patient.id, name=patient.name)


def _reach(person_id: int) -> Addressee | None:
    record = patient_queries.reachable(person_id)
    if record is None:
        return None
    return Addressee(
        key=f"person:{person_id}", name=record.name, email=record.email, owner_id=record.public_id
    )


def _clinic_words() -> tuple[str, ...]:
    clinic = shell.organisation()
    own = ("acupuncture", "acupuncturist", "stillpoint")
    return (clinic.outward_name, clinic.name, *own) if clinic else ("Stillpoint", *own)


def _mail_frame() -> dict[str, Any]:
    clinic = shell.organisation()
    if clinic is None:  # the first owner signs in before anything is described
        settings: Settings = current_app.extensions["settings"]
        sender = {"name": "Stillpoint", "address": settings.mail_from}
        return {"sender": sender, "clinic": "", "phone": "", "phone_hours": "", "locale": ""}
    return frame(clinic)


def _staff_home(actor: Actor) -> str:
    if actor.may(Permission.CLINIC_EDIT) and not clinic_queries.services():
        return "/set-up"
    if actor.may(Permission.WORKLIST):
        return "/today"
    return "/my-day" if actor.practitioner_id else "/people"
