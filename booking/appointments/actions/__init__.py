"""What can be done with a visit. Each function runs inside the caller's transaction."""

from booking.appointments.actions.booking import Details, book
from booking.appointments.actions.changing import (
    cancel,
    correct_address,
    ensure_cancellable,
    ensure_movable,
    let_go,
    move,
    take_back,
)
from booking.appointments.actions.desk import (
    finish_visit,
    mark_arrived,
    start_visit,
    undo_arrived,
    undo_step,
)
from booking.appointments.actions.holds import (
    Typed,
    extend_hold,
    hold,
    release_hold,
    save_typed,
    sweep_holds,
)
from booking.appointments.actions.links import link_address, links_for, new_visit_link

__all__ = [
    "Details",
    "Typed",
    "book",
    "cancel",
    "correct_address",
    "ensure_cancellable",
    "ensure_movable",
    "extend_hold",
    "finish_visit",
    "hold",
    "let_go",
    "link_address",
    "links_for",
    "mark_arrived",
    "move",
    "new_visit_link",
    "release_hold",
    "save_typed",
    "start_visit",
    "sweep_holds",
    "take_back",
    "undo_arrived",
    "undo_step",
]
