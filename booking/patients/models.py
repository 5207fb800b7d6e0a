"""Tables: the people who come."""

import hashlib
import hmac
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson, ring

ERASED_BEGINS = "erased "
"""How a canonical address begins that was erased; no address has a blank. Its number follows."""


class Channel(StrEnum):
    """A way she says is safe to reach her."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    VOICEMAIL = "voicemail"
    LETTER = "letter"


class InviteStyle(StrEnum):
    """How much a calendar invite may show; patients may also want none.

    Detailed is the service's outward name and who it is with, never an inner name.
    """

    NONE = "none"
    NEUTRAL = "neutral"
    DETAILED = "detailed"


class Patient(PublicId, Base):
    """One record of one person. The same person may have several until reception joins them.

    `resource_id` is shared by records whose canonical e-mail and folded name agree: for
    occupancy they are one person, who cannot be in two places; nothing else is shared. `email` is
    empty for whom reception booked without one: she is a person of her own.
    """

    __tablename__ = "patient"
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    name: Mapped[str]
    name_folded: Mapped[str]
    email: Mapped[str]
    email_canonical: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str]
    channels: Mapped[str] = mapped_column(default="email")  # space-separated Channel values
    contact_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    invites: Mapped[InviteStyle] = mapped_column(
        Enum(InviteStyle, values_callable=lambda e: [m.value for m in e], native_enum=False),
        default=InviteStyle.NEUTRAL,
    )
    language: Mapped[str] = mapped_column(default="")  # a locale; "" is the clinic's own
    zone: Mapped[str] = mapped_column(default="")  # whose clock she goes by; "" is the place's
    created_at: Mapped[datetime]
    quiet_since: Mapped[datetime | None]  # "something has changed"; set by care
    gently: Mapped[bool] = mapped_column(default=False)  # whoever meets her sees it
    wishes_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Led to a quiet place on arrival, for whatever reason; None where nobody has worked it out.
    led_in: Mapped[bool | None]
    # A keyed hash of the birth date on her newest form: to search by, never to read.
    born_key: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)

    # The year in which she comes of age, where that was to come when she sent a form.
    of_age_in: Mapped[int | None]

    contact_note = SealedJson("contact_note_sealed")
    _wishes = SealedJson("wishes_sealed")

    @property
    def owner_id(self) -> UUID:
        """Whose data key seals this row."""
        return self.public_id

    @property
    def wishes(self) -> Any:
        """What she asks of whoever meets her, or None; every key may be missing.

        {"use": [words], "avoid": text, "dates": ["2027-03-09", "--03-09"], "quiet_arrival": bool,
        "apart": bool}
        """
        return self._wishes

    @wishes.setter
    def wishes(self, told: Any) -> None:
        self._wishes = told
        self.led_in = _led_in(told)

    @property
    def is_led_in(self) -> bool:
        """Whether she is led to a quiet place on arrival, and not left to wait at the desk."""
        return self.led_in if self.led_in is not None else _led_in(self.wishes)

    @property
    def met_gently(self) -> bool:
        """Whether whoever meets her is asked to be gentle, and not to ask."""
        return self.gently or self.quiet_since is not None

    @property
    def is_erased(self) -> bool:
        """Whether she was erased: what stands where her address was is nobody's."""
        return self.email_canonical == f"{ERASED_BEGINS}{self.id}"

    @property
    def safe_channels(self) -> frozenset[Channel]:
        return frozenset(Channel(word) for word in self.channels.split())


def _led_in(wishes: Any) -> bool:
    told = wishes or {}
    return bool(told.get("quiet_arrival") or told.get("apart"))


def born_key(day: date) -> bytes:
    """Return what a record with this birth date is found by; it tells nothing without the ring."""
    return hmac.digest(ring().derived("birth-date"), day.isoformat().encode(), hashlib.sha256)


class RecordJoin(PublicId, Base):
    """Two records that reception found to be one person's: `gone` stands for `kept` since then.

    `moved` holds, by table, the ids of the rows that went from one to the other, so that parting
    them again takes back exactly those; under "before" what was overwritten. A record is gone
    once at a time: the database refuses a second join.
    """

    __tablename__ = "record_join"
    __table_args__ = (
        CheckConstraint("gone_id <> kept_id", name="two_records"),
        Index(
            "uq_record_join_gone",
            "gone_id",
            unique=True,
            sqlite_where=text("parted_at IS NULL"),
            postgresql_where=text("parted_at IS NULL"),
        ),
    )
    gone_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kept_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    joined_at: Mapped[datetime]
    joined_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    parted_at: Mapped[datetime | None]

    gone: Mapped[Patient] = relationship(foreign_keys=[gone_id])
    kept: Mapped[Patient] = relationship(foreign_keys=[kept_id])


class LegalHold(PublicId, Base):
    """Why a record may be neither erased nor thinned out, until somebody lifts the hold.

    At most one stands for a record. The database refuses to delete the data key of a record under
    hold, whoever asks.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(
            "uq_legal_hold_standing",
            "patient_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_one"),
    )
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    owner_id: Mapped[UUID]  # the record's public id: its data key seals the reason
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    placed_at: Mapped[datetime]
    placed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    reason = SealedJson("reason_sealed")
