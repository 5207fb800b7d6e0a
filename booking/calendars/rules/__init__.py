"""What calendars may show, hold and answer. Pure."""

from booking.calendars.rules.answers import Answer
from booking.calendars.rules.reveal import Reveal, initials, shown_name
from booking.calendars.rules.window import Window, feed_window

__all__ = ["Answer", "Reveal", "Window", "feed_window", "initials", "shown_name"]
