"""What changes when people can be seen: weekly hours, single days, time off, closures."""

from booking.availability.actions.closures import close, reopen
from booking.availability.actions.days import change_day, copy_week, publish_day, undo_day
from booking.availability.actions.importing import land_drafts
from booking.availability.actions.leave import (
    change_time_off,
    give_back_time_off,
    take_time_off,
)
from booking.availability.actions.loading import load_hours
from booking.availability.actions.stranding import WouldStrand
from booking.availability.actions.weeks import (
    DatesRefused,
    Plan,
    discard_drafts,
    draft_week,
    publish_week,
)

__all__ = [
    "DatesRefused",
    "Plan",
    "WouldStrand",
    "change_day",
    "change_time_off",
    "close",
    "copy_week",
    "discard_drafts",
    "draft_week",
    "give_back_time_off",
    "land_drafts",
    "load_hours",
    "publish_day",
    "publish_week",
    "reopen",
    "take_time_off",
    "undo_day",
]
