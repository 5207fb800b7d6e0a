"""Steps of booking and waiting, for whom something then changes."""

from tests.appointments.conftest import Steps, Stored, steps, stored
from tests.waiting.conftest import look

__all__ = ["Steps", "Stored", "look", "steps", "stored"]
