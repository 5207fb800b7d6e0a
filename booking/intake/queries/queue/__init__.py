"""The lists of forms: reception's queue in its three lists, and a practitioner's own.

A list says where forms stand, never what is in them: nothing sealed is read to draw it.
"""

from booking.intake.queries.queue.desk import desk_queue, number_to_review, to_ring
from booking.intake.queries.queue.lines import ON_A_PAGE, Entry, List, Queue
from booking.intake.queries.queue.own import number_to_read, own_queue

__all__ = [
    "ON_A_PAGE",
    "Entry",
    "List",
    "Queue",
    "desk_queue",
    "number_to_read",
    "number_to_review",
    "own_queue",
    "to_ring",
]
