"""What the staff do with visits: on their day, with their times, and when somebody is away."""

from booking.appointments.actions.desk.adding import (
    Newcomer,
    add_series,
    add_visit,
    add_visits,
)
from booking.appointments.actions.desk.away import (
    ask_for_call,
    note_absence,
    note_well,
    take_other_time,
)
from booking.appointments.actions.desk.day import (
    finish_visit,
    mark_arrived,
    mark_missed,
    start_visit,
    undo_arrived,
    undo_missed,
    undo_step,
)
from booking.appointments.actions.desk.delays import note_patient_late, note_practitioner_late
from booking.appointments.actions.desk.moving import cancel_visit, move_visit, swap_visits
from booking.appointments.actions.desk.overlapping import add_over
from booking.appointments.actions.desk.series import cancel_rest, move_rest
from booking.appointments.actions.desk.video import ensure_by_video, set_video_address

__all__ = [
    "Newcomer",
    "add_over",
    "add_series",
    "add_visit",
    "add_visits",
    "ask_for_call",
    "cancel_rest",
    "cancel_visit",
    "ensure_by_video",
    "finish_visit",
    "mark_arrived",
    "mark_missed",
    "move_rest",
    "move_visit",
    "note_absence",
    "note_patient_late",
    "note_practitioner_late",
    "note_well",
    "set_video_address",
    "start_visit",
    "swap_visits",
    "take_other_time",
    "undo_arrived",
    "undo_missed",
    "undo_step",
]
