"""Register a patient, correct her address."""

import zlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text, update

from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.patients.models import Channel, InviteStyle, Patient, born_key
from booking.patients.rules import folded

PERSON_LOCK = text("SELECT pg_advisory_xact_lock(9, :key)")


def lock_person(*, name: str, email: str) -> None:
    """Queue behind everyone who books for this name and address, until the transaction ends.

    So two first bookings at one moment make one person, not two. On SQLite all writers queue
    already. Take it before locks on time.
    """
    if session().connection().dialect.name == "postgresql":
        key = zlib.crc32(f"{canonical_email(email)}|{folded(name)}".encode()) - 2**31
        session().execute(PERSON_LOCK, {"key": key})


def lock_record(public_id: UUID) -> None:
    """Hold a record as it stands: whoever joins it to another waits until the transaction ends.

    On SQLite all writers queue already. Take it before locks on time, then read the record.
    """
    if session().connection().dialect.name == "postgresql":
        wanted = select(Patient.id).where(Patient.public_id == public_id)
        session().execute(wanted.with_for_update(read=True, key_share=True))


def register(
    *,
    person_id: int,
    name: str,
    email: str,
    phone: str,
    channels: Iterable[Channel],
    note: str,
    now: datetime,
    invites: InviteStyle = InviteStyle.NEUTRAL,
    language: str = "",
) -> Patient:
    """Make a new record; `person_id` is the resource of the person (`queries.person_id`).

    Without an e-mail address ("") e-mail is never a safe channel.

    The same canonical e-mail and folded name share one resource, nothing else: a shared mailbox
    never joins two people's records. Reception may join records later.
    """
    safe = set(channels) if email else set(channels) - {Channel.EMAIL}
    patient = Patient(
        resource_id=person_id,
        name=name,
        name_folded=folded(name),
        email=email,
        email_canonical=canonical_email(email) if email else "",
        phone=phone,
        channels=" ".join(sorted(safe)),
        invites=invites,
        language=language,
        created_at=now,
    )
    patient.contact_note = note or None
    session().add(patient)
    session().flush()
    return patient


def correct_email(patient: Patient, email: str) -> None:
    """Write another address into a record, "" for none. Whose time is taken stays the same."""
    patient.email = email
    patient.email_canonical = canonical_email(email) if email else ""
    session().flush()


def choose_invites(patient: Patient, style: InviteStyle) -> None:
    """Write into a record how much calendar entries may show, from the next message on."""
    patient.invites = style
    session().flush()


def choose_language(person_id: int, language: str) -> None:
    """Write into all records of a person the locale she is written to in."""
    session().execute(
        update(Patient).where(Patient.resource_id == person_id).values(language=language)
    )


def go_by_clock(patient: Patient, zone: str) -> None:
    """Write into a record whose clock she goes by: an IANA zone, or "" for that of the place."""
    patient.zone = zone
    session().flush()


def be_quiet(person_id: int, *, since: datetime | None) -> None:
    """Write into all records of a person since when it is quiet around her; None ends it."""
    session().execute(
        update(Patient).where(Patient.resource_id == person_id).values(quiet_since=since)
    )


def be_as_before(
    person_id: int, *, quiet: datetime | None, gently: bool, said_at: datetime
) -> None:
    """Write back how it was around a person before something was said at `said_at`.

    `quiet` is since when it was quiet before that, if it was. A record made since was never
    quiet, nor was one made after `quiet` before `said_at`: what waits for it may leave, and
    nobody was asked to be gentle with it.
    """
    hers = update(Patient).where(Patient.resource_id == person_id)
    session().execute(hers.values(quiet_since=None))
    session().execute(hers.where(Patient.created_at <= said_at).values(gently=False))
    session().execute(hers.where(Patient.created_at <= (quiet or said_at)).values(gently=gently))
    if quiet is not None:
        session().execute(hers.where(Patient.created_at <= quiet).values(quiet_since=quiet))


def be_gentle(person_id: int, *, gently: bool) -> None:
    """Write into all records of a person whether whoever meets her is asked to be gentle."""
    session().execute(update(Patient).where(Patient.resource_id == person_id).values(gently=gently))


def keep_wishes(patient: Patient, wishes: Mapping[str, object]) -> None:
    """Write into one record what she wishes of whoever meets her; nothing is left of before.

    `wishes` is keyed as `Patient.wishes`. Other records of the same person are never touched.
    """
    patient.wishes = dict(wishes) or None
    session().flush()


def keep_birth_date(patient: Patient, born: date | None) -> None:
    """Let a record be found by this birth date; None where it is not known to the day."""
    patient.born_key = born_key(born) if born else None
    session().flush()


def keep_coming_of_age(patient: Patient, year: int | None, *, this_year: int) -> None:
    """Let a record of somebody young be kept as such; of others no year is stored."""
    if year is None or (year < this_year and year != patient.of_age_in):
        year = None
    patient.of_age_in = year
    session().flush()


def correct(
    patient: Patient,
    *,
    name: str,
    phone: str,
    channels: Iterable[Channel],
    note: str,
    invites: InviteStyle,
) -> None:
    """Write how a patient is called and reached into her record; whose time is taken stays.

    The address is not among it: that changes by `correct_email`, with all that follows.
    """
    safe = set(channels) if patient.email else set(channels) - {Channel.EMAIL}
    patient.name, patient.name_folded = name, folded(name)
    patient.phone = phone
    patient.channels = " ".join(sorted(safe))
    patient.contact_note = note or None
    patient.invites = invites
    session().flush()
