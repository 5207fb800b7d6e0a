"""Named reads of the audit."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.core.db import session


def about_appointment(
    appointment_id: int, *, patient_id: int, tags: Collection[str]
) -> Sequence[AuditRow]:
    """Return what happened to one visit of one patient, oldest first, of these kinds only."""
    wanted = (
        select(AuditRow)
        .where(AuditRow.patient_id == patient_id, AuditRow.tag.in_(tags))
        .order_by(AuditRow.id)
    )
    rows = session().scalars(wanted).all()
    return [row for row in rows if row.details.get("appointment_id") == appointment_id]
