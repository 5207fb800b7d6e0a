"""Table: words of the clinic's own, in versions."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base


class OwnWords(Base):
    """One version of words the clinic wrote itself; the newest counts, none is ever changed.

    `what` is "page/terms" or "mail/appointments/moved". No `parts` are the shipped words again.
    """

    __tablename__ = "own_words"
    __table_args__ = (
        UniqueConstraint("what", "version"),
        CheckConstraint("version > 0", name="version"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    version: Mapped[int]
    parts: Mapped[dict[str, str]] = mapped_column(JSON)
    digest: Mapped[str]  # SHA-256 of the parts
    reviewed_by: Mapped[str] = mapped_column(default="")  # who went through the checklist
    written_at: Mapped[datetime]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
