"""The outbox: queue a message in the transaction that causes it; claim, settle and stop rows."""

from booking.mail.outbox.claiming import Claimed, anything_due, claim, is_full, settle
from booking.mail.outbox.fences import fence, fenced_since, open_fence, waiting_before
from booking.mail.outbox.queueing import Draft, enqueue, give_up, send_again
from booking.mail.outbox.rows import LEASE
from booking.mail.outbox.stopping import (
    InHand,
    forget,
    forget_old,
    stop_keys,
    stop_kinds,
    stop_pointless,
    stop_reminders,
    withdraw,
)

__all__ = [
    "LEASE",
    "Claimed",
    "Draft",
    "InHand",
    "anything_due",
    "claim",
    "enqueue",
    "fence",
    "fenced_since",
    "forget",
    "forget_old",
    "give_up",
    "is_full",
    "open_fence",
    "send_again",
    "settle",
    "stop_keys",
    "stop_kinds",
    "stop_pointless",
    "stop_reminders",
    "waiting_before",
    "withdraw",
]
