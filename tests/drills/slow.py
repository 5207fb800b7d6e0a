"""The application, in a process that comes up no sooner than the file `BOOKING_GO` is there."""

import os
import time
from pathlib import Path

while not Path(os.environ["BOOKING_GO"]).exists():
    time.sleep(0.05)

from wsgi import app  # noqa: E402 - not before

__all__ = ["app"]
