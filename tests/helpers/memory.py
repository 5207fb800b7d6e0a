"""Files of the tests live in memory where there is enough of it, else where files always do."""

import os
import shutil
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own in it
ENOUGH = 2 * 1024**3


def folder() -> Path | None:
    """Where databases cost no waiting for a disk; None where only the disk is left.

    What a killed process wrote is there afterwards in both: only a power cut tells them apart.
    """
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ENOUGH:
        return IN_MEMORY
    return None
