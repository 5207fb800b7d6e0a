"""Table: the audit, append-only. The database refuses UPDATE and DELETE (migration 0002)."""

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base


class AuditRow(Base):
    """One act, chained to the row before by a keyed hash. Ids only, no names, no answers."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, … no gaps
    at: Mapped[datetime]
    tag: Mapped[str]
    actor: Mapped[str]  # "user:7", "person:3", "visit-link:12", "system"
    patient_id: Mapped[int | None] = mapped_column(index=True)
    details: Mapped[dict[str, object]] = mapped_column(JSON)
    # "role", "session" (the row's number), "network", "request", as far as there are any
    origin: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    chain: Mapped[bytes]
