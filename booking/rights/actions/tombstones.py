"""The list outside the database of what was erased, so that no restore brings it back."""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID


def bury(file: Path, ids: Iterable[UUID], *, what: str, now: datetime) -> None:
    """Add a line for each: `what` is "record" or "form"."""
    file.touch(mode=0o600)
    with file.open("a") as out:
        out.writelines(
            json.dumps({what: str(public_id), "at": now.isoformat()}) + "\n" for public_id in ids
        )
        out.flush()
        os.fsync(out.fileno())
