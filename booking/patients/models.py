"""Tables: the people who come."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson


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

    contact_note = SealedJson("contact_note_sealed")
    # {"use": [words], "avoid": text, "dates": ["2027-03-09", "--03-09"], "quiet_arrival": bool,
    #  "apart": bool}; every key may be missing
    wishes = SealedJson("wishes_sealed")

    @property
    def owner_id(self) -> UUID:
        """Whose data key seals this row."""
        return self.public_id

    @property
    def met_gently(self) -> bool:
        """Whether whoever meets her is asked to be gentle, and not to ask."""
        return self.gently or self.quiet_since is not None

    @property
    def safe_channels(self) -> frozenset[Channel]:
        return frozenset(Channel(word) for word in self.channels.split())
