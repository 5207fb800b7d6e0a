"""What the clinic's own pages mail: each function builds one row for the outbox."""

from datetime import UTC, datetime, time
from typing import Any

from booking.clinic.models import Credential, Organisation
from booking.clinic.rules.credentials import Ending
from booking.mail.outbox import Draft


def frame(clinic: Organisation, language: str = "") -> dict[str, Any]:
    """Return what every message's snapshot carries: sender, names, telephone, and its locale.

    `language` is what its reader chose; "" is the clinic's own, as for staff.
    """
    return {
        "sender": {"name": clinic.sender_name, "address": clinic.sender_address},
        "clinic": clinic.outward_name,
        "phone": clinic.phone,
        "phone_hours": clinic.phone_hours,
        "locale": clinic.locale_for(language),
    }


def runs_out(
    row: Credential, ending: Ending, *, to_name: str, to_address: str, clinic: Organisation
) -> Draft:
    """Word to the staff that a licence or an insurance runs out, once for each stage of it.

    Who gave it is left out: its name would say what for.
    """
    if row.expires_on is None:
        raise ValueError("what never ends does not run out")
    noon = datetime.combine(row.expires_on, time(12), UTC)  # a date, as mail carries instants
    return Draft(
        kind="clinic/runs_out",
        snapshot={
            "to_name": to_name,
            "to_address": to_address,
            "who": row.practitioner.name,
            "proof": row.kind.value,
            "last_day_at": noon.isoformat(),
            "over": ending.stage == 0,
            **frame(clinic),
        },
        dedupe_key=f"runs-out:{row.public_id}:{row.expires_on}:{ending.stage}:{to_address}",
    )
