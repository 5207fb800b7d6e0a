"""Words of the clinic's own: each change is a new version, and so is going back."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import ClinicChanged
from booking.clinic import queries
from booking.clinic.models import OwnWords
from booking.core.db import session


def write_words(
    actor: Actor, what: str, parts: Mapping[str, str], *, reviewed_by: str = "", now: datetime
) -> OwnWords:
    """Say it in these words from now on; no parts are the shipped words again.

    The same words as now change nothing.
    """
    kept = {name: text for name, text in sorted(parts.items()) if text}
    before = queries.newest_words(what)
    if (before.parts if before else {}) == kept and before is not None:
        return before
    row = OwnWords(
        what=what,
        version=before.version + 1 if before else 1,
        parts=kept,
        digest=digest_of(kept),
        reviewed_by=reviewed_by,
        written_at=now,
        written_by=actor.user_id,
    )
    session().add(row)
    session().flush()
    audit.record(ClinicChanged(what="words", number=row.id), by=actor, at=now)
    return row


def digest_of(parts: Mapping[str, str]) -> str:
    """Return the SHA-256 of words, the same for the same parts whatever their order."""
    told = json.dumps(dict(parts), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()
