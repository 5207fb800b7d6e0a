"""When a practitioner's own calendar has to be told something. Pure."""

import hashlib
import json
from datetime import UTC, datetime


def fingerprint(
    *, starts_at: datetime, ends_at: datetime, zone: str, summary: str, location: str
) -> str:
    """Return what stays the same while nothing a calendar shows has changed."""
    told = [
        starts_at.astimezone(UTC).isoformat(),
        ends_at.astimezone(UTC).isoformat(),
        zone,
        summary,
        location,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
