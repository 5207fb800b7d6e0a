"""What of the clinic is there already."""

from datetime import datetime

from sqlalchemy import func, or_, select

from booking.accounts import queries as accounts
from booking.audit.models import AuditRow
from booking.audit.rules.upkeep import BackupMade
from booking.availability.models import WeeklyHours
from booking.clinic import queries as clinic
from booking.clinic.models import Credential, Organisation, Practitioner, Room
from booking.clinic.rules.credentials import NEEDED
from booking.core.db import session
from booking.core.settings import Settings
from booking.intake.queries import questionnaires
from booking.intake.rules.questionnaire import shipped
from booking.owner.rules.readiness import Facts


def facts(settings: Settings, *, now: datetime) -> Facts:
    """Gather what the set-up asks of the clinic as it stands."""
    row = session().get(Organisation, 1)
    services = clinic.every_service()
    people = clinic.practitioners()
    return Facts(
        described=row is not None,
        rooms=session().scalar(select(func.count(Room.id))) or 0,
        treating=len(people),
        services=len(services),
        services_ready=sum(clinic.can_be_given(each) for each in services),
        with_hours=_with_hours(now),
        with_sign_in=sum(who.user_id is not None for who in people),
        licensed=_licensed(now),
        watched=row is not None and bool(row.watched_by),
        approved=_approved(),
        staff=len(accounts.staff()),
        backed_up=_last(BackupMade.tag) is not None,
        mail=bool(settings.mail.host),
        is_open=any(each.active for each in services),
    )


def _with_hours(now: datetime) -> int:
    """How many who treat have published hours that hold today or later, by the UTC date."""
    wanted = (
        select(func.count(func.distinct(WeeklyHours.practitioner_id)))
        .join(Practitioner, Practitioner.id == WeeklyHours.practitioner_id)
        .where(
            Practitioner.active,
            WeeklyHours.published,
            or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= now.date()),
        )
    )
    return session().scalar(wanted) or 0


def _licensed(now: datetime) -> int:
    """How many who treat have every proof that is needed, checked and in force."""
    kinds = func.count(func.distinct(Credential.kind))
    each = (
        select(Credential.practitioner_id)
        .join(Practitioner, Practitioner.id == Credential.practitioner_id)
        .where(
            Practitioner.active,
            Credential.kind.in_(NEEDED),
            Credential.checked_at.is_not(None),
            Credential.expires_on >= now.date(),
        )
        .group_by(Credential.practitioner_id)
        .having(kinds == len(NEEDED))
        .subquery()
    )
    return session().scalar(select(func.count()).select_from(each)) or 0


def _approved() -> bool:
    row = questionnaires.in_use()
    version = row.version if row is not None else shipped().version
    return version in questionnaires.approvals()


def _last(tag: str) -> datetime | None:
    return session().scalar(select(func.max(AuditRow.at)).where(AuditRow.tag == tag))
