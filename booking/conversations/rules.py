"""What may be written, and how much of it at a time. Pure."""

from booking.core.errors import N_, BadInput
from booking.mail.rules import clean

TEXT_LIMIT = 2000
OPEN_AT_MOST = 20
"""Lines of one patient that wait for the desk: beyond that she is asked to call."""


def clean_text(text: str) -> str:
    """Return a text as it is kept: its lines, without outer blanks and control characters.

    Raises BadInput for an empty one, or one longer than TEXT_LIMIT characters.
    """
    if len(text) > TEXT_LIMIT:
        raise BadInput(N_("Please shorten this to 2000 characters, or call instead"))
    lines = (clean(line).rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    kept = "\n".join(lines).strip()
    if not kept:
        raise BadInput(N_("Write your message first"))
    return kept


def ensure_room(waiting: int) -> None:
    """Raise BadInput where so many lines wait for the desk already that one more helps nobody."""
    if waiting >= OPEN_AT_MOST:
        raise BadInput(N_("We have not read your last messages yet. Please call us instead"))
