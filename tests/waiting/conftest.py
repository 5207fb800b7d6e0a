"""A clinic that is full next Monday with Mei, and the worker's look for whom a time fits."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from booking.core import clock
from booking.waiting.jobs import offer_freed
from tests.appointments.conftest import Steps, Stored, steps, stored

__all__ = ["Steps", "Stored", "steps", "stored"]


@pytest.fixture
def look(app: Flask) -> Callable[..., int]:
    """Let the worker look once; returns how many times it offered."""

    def once(now: datetime | None = None) -> int:
        with app.app_context():
            return offer_freed(now=now or clock.now(), base_url="http://localhost")

    return once
