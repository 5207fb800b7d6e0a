"""What changes the clinic: loading it once, and who works here."""

from booking.clinic.actions.load import NewResource, load
from booking.clinic.actions.people import give_account

__all__ = ["NewResource", "give_account", "load"]
