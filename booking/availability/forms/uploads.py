"""Files people send: as text, of a size that a page can take, and lines that were not understood.

Nothing is kept of a file: what it says is shown first, and the text travels in the page until the
reader says yes; then it is read anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from icalendar import Calendar, Component
from wtforms import HiddenField

LARGEST = 128 * 1024
MOST_COMPONENTS = 1_000


class Unreadable(Exception):
    """A file that cannot be used at all; the text says why, in words for people, translated."""


@dataclass(frozen=True)
class NotUnderstood:
    """Something in a file that was passed over: where it stands, and why."""

    where: str
    why: str


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file, or the text of one that was shown already. `text` holds it after validation."""

    file = FileField(_l("File"))
    source = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        sound: bool = super().validate(extra_validators)
        try:
            self.text = self._text()
        except Unreadable as why:
            self.file.errors = [*self.file.errors, str(why)]
            return False
        return sound

    def _text(self) -> str:
        sent = self.file.data.read(LARGEST + 1) if self.file.data else b""
        sent = sent or (self.source.data or "").encode()
        if not sent.strip():
            raise Unreadable(_("Choose a file."))
        if len(sent) > LARGEST:
            raise Unreadable(_("This file is too large. It may have up to 128 kB."))
        try:
            return sent.decode("utf-8-sig").replace("\0", "")
        except UnicodeDecodeError:
            raise Unreadable(_("This file is not text in UTF-8.")) from None


def components(text: str) -> list[Component]:
    """The components of all calendars in a file, outermost first. Raises Unreadable."""
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        found = [part for calendar in calendars for part in calendar.subcomponents]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        calendars, found = [], []
    if not calendars:
        raise Unreadable(_("This is not a calendar file, or a line of it cannot be read."))
    if sum(1 for part in found for _each in part.walk()) > MOST_COMPONENTS:
        raise Unreadable(_("This file has too many entries. It may have up to 1,000."))
    return found


def plain(value: object, *, limit: int = 80) -> str:
    """A text from a file on one line, without anything that cannot be seen, cut to `limit`."""
    text = " ".join(str(value or "").split())
    return "".join(letter for letter in text if letter.isprintable())[:limit].strip()


def at_most(problems: Iterable[NotUnderstood], most: int = 50) -> list[NotUnderstood]:
    """The first of the problems, and one line that says how many more there are."""
    found = list(problems)
    if len(found) <= most:
        return found
    more = NotUnderstood("", _("%(n)s more lines like these.", n=len(found) - most))
    return [*found[:most], more]
