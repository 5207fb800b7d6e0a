"""What is mailed about records: one function for each message, one row for the outbox."""

from typing import Any

from booking.mail.outbox import Draft
from booking.rights.models import EmergencyAccess


def emergency_opened(
    access: EmergencyAccess, *, who: str, to: tuple[str, str], link: str, frame: dict[str, Any]
) -> Draft:
    """Word that somebody opened a record in an emergency; neither whose nor why is in it.

    `to` is name and address; `link` leads to the list of such openings, for whom it is.
    """
    name, address = to
    return Draft(
        kind="rights/emergency",
        snapshot={**frame, "to_name": name, "to_address": address, "who": who, "link": link},
        dedupe_key=f"emergency:{access.public_id}:{address}",
    )
