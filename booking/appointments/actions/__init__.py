"""What can be done with a visit. Each function runs inside the caller's transaction."""

from booking.appointments.actions.asking import (
    ask_change,
    may_ask,
    settle_changes,
    take_back_change,
)
from booking.appointments.actions.booking import book
from booking.appointments.actions.changing import (
    cancel,
    cancel_rest,
    ensure_cancellable,
    ensure_movable,
    move,
    move_rest,
    rest_of,
)
from booking.appointments.actions.desk import (
    finish_visit,
    mark_arrived,
    start_visit,
    undo_arrived,
    undo_step,
)
from booking.appointments.actions.details import Details
from booking.appointments.actions.holds import (
    Browser,
    Typed,
    ensure_person_may_keep,
    extend_hold,
    forget_nonces,
    hold,
    hold_all,
    hold_anew,
    holds_for,
    release_hold,
    resume_hold,
    save_typed,
    shorten_hold,
    sweep_holds,
)
from booking.appointments.actions.invites import choose_clock, choose_invites
from booking.appointments.actions.letting_go import let_go, take_back
from booking.appointments.actions.links import link_address, links_for, new_visit_link
from booking.appointments.actions.readdressing import (
    close_ways_in,
    correct_address,
    say_anew,
    send_anew,
    take_back_messages,
    tell_anew,
    tell_next_version,
)
from booking.appointments.actions.requests import (
    approve_request,
    decline_request,
    expire_request,
    withdraw,
)

__all__ = [
    "Browser",
    "Details",
    "Typed",
    "approve_request",
    "ask_change",
    "book",
    "cancel",
    "cancel_rest",
    "choose_clock",
    "choose_invites",
    "close_ways_in",
    "correct_address",
    "decline_request",
    "ensure_cancellable",
    "ensure_movable",
    "ensure_person_may_keep",
    "expire_request",
    "extend_hold",
    "finish_visit",
    "forget_nonces",
    "hold",
    "hold_all",
    "hold_anew",
    "holds_for",
    "let_go",
    "link_address",
    "links_for",
    "mark_arrived",
    "may_ask",
    "move",
    "move_rest",
    "new_visit_link",
    "release_hold",
    "rest_of",
    "resume_hold",
    "save_typed",
    "say_anew",
    "send_anew",
    "settle_changes",
    "shorten_hold",
    "start_visit",
    "sweep_holds",
    "take_back",
    "take_back_change",
    "take_back_messages",
    "tell_anew",
    "tell_next_version",
    "undo_arrived",
    "undo_step",
    "withdraw",
]
