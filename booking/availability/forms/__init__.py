"""Forms of hours, single days, time off and closures: syntax only."""

from booking.availability.forms.days import CopyWeekForm, DifferentDayForm
from booking.availability.forms.exporting import availability_bytes
from booking.availability.forms.holidays import HolidaysForm
from booking.availability.forms.importing import ImportForm
from booking.availability.forms.leave import (
    ClosureForm,
    NewTimeOffForm,
    TimeOffForm,
    leave_data,
)
from booking.availability.forms.uploads import Unreadable
from booking.availability.forms.weeks import WeekForm, week_data

__all__ = [
    "ClosureForm",
    "CopyWeekForm",
    "DifferentDayForm",
    "HolidaysForm",
    "ImportForm",
    "NewTimeOffForm",
    "TimeOffForm",
    "Unreadable",
    "WeekForm",
    "availability_bytes",
    "leave_data",
    "week_data",
]
