"""Use cases of records, one function each. All write inside the caller's transaction."""

from booking.records.actions.correcting import Details, correct
from booking.records.actions.joining import join
from booking.records.actions.parting import part

__all__ = ["Details", "correct", "join", "part"]
