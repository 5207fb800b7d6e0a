"""Leaving a test out is said loudly, can be counted, and is not allowed where all must run."""

import os
from typing import NoReturn

import pytest


def left_out(reason: str) -> NoReturn:
    """Skip the test, or fail it where BOOKING_TESTS_COMPLETE=1 says that nothing may be missing."""
    if os.environ.get("BOOKING_TESTS_COMPLETE") == "1":
        pytest.fail(f"must not be left out here: {reason}")
    pytest.skip(f"LEFT OUT: {reason}")
