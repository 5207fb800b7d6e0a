"""The lists of forms: reception's queue in its three lists, and a practitioner's own.

A list says where forms stand, never what is in them: nothing sealed is read to draw it.
"""

from booking.intake.queries.queue.desk import NUMBER_TO_REVIEW, desk_queue, to_ring
from booking.intake.queries.queue.lines import ON_A_PAGE, Entry, List, Queue, since
from booking.intake.queries.queue.own import NUMBER_TO_READ, own_queue

__all__ = [
    "NUMBER_TO_READ",
    "NUMBER_TO_REVIEW",
    "ON_A_PAGE",
    "Entry",
    "List",
    "Queue",
    "desk_queue",
    "own_queue",
    "since",
    "to_ring",
]
