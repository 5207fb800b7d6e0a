"""Who comes, as it was typed on the page of a booking."""

from dataclasses import dataclass

from booking.appointments.actions.holds import Typed
from booking.core.errors import BadInput
from booking.patients.models import Channel, InviteStyle
from booking.patients.rules import clean_email, clean_name, clean_phone


@dataclass(frozen=True, kw_only=True)
class Details:
    """Who comes, made fit to be stored."""

    name: str
    email: str
    phone: str
    channels: tuple[Channel, ...]
    note: str
    invites: InviteStyle
    language: str  # the locale of the page this was typed on; "" where the desk typed it

    @classmethod
    def of(cls, typed: Typed, *, region: str) -> "Details":
        """Read what was typed. Raises BadInput when something is missing or does not fit."""
        channels = tuple(Channel(word) for word in typed.get("channels", ()))
        if not channels:
            raise BadInput
        return cls(
            name=clean_name(str(typed.get("name", ""))),
            email=clean_email(str(typed.get("email", ""))),
            phone=clean_phone(str(typed.get("phone", "")), region=region),
            channels=channels,
            note=str(typed.get("note") or "").strip(),
            invites=InviteStyle.NONE if typed.get("no_invite") else InviteStyle.NEUTRAL,
            language=str(typed.get("language") or ""),
        )
