"""Forms of hours, single days, time off and closures: syntax only."""

from booking.availability.forms.days import CopyWeekForm, DifferentDayForm
from booking.availability.forms.leave import (
    ClosureForm,
    NewTimeOffForm,
    TimeOffForm,
    leave_data,
)
from booking.availability.forms.weeks import WeekForm, week_data

__all__ = [
    "ClosureForm",
    "CopyWeekForm",
    "DifferentDayForm",
    "NewTimeOffForm",
    "TimeOffForm",
    "WeekForm",
    "leave_data",
    "week_data",
]
