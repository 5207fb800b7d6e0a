"""Links that work once: how long each kind lives, and what state one is in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class LinkPurpose(StrEnum):
    """What a one-time link is good for; it is good for nothing else."""

    OWNER_SETUP = "owner-setup"
    STAFF_INVITE = "staff-invite"
    NEW_PASSWORD = "new-password"  # noqa: S105 - the name of a purpose
    FRESH_START = "fresh-start"
    PATIENT_SIGN_IN = "patient-sign-in"
    DESK_CODE = "desk-code"
    NEW_ADDRESS = "new-address"
    OLD_ADDRESS = "old-address"  # takes a change of address back
    PATIENT_ADDRESS = "patient-address"  # a patient's own change of address
    PATIENT_UNDO = "patient-undo"
    DEMO_SIGN_IN = "demo-sign-in"


LINK_LIFETIME: Mapping[LinkPurpose, timedelta] = {
    LinkPurpose.OWNER_SETUP: timedelta(days=7),
    LinkPurpose.STAFF_INVITE: timedelta(days=7),
    LinkPurpose.NEW_PASSWORD: timedelta(hours=1),
    LinkPurpose.FRESH_START: timedelta(hours=1),
    LinkPurpose.PATIENT_SIGN_IN: timedelta(minutes=15),
    LinkPurpose.DESK_CODE: timedelta(minutes=15),
    LinkPurpose.NEW_ADDRESS: timedelta(hours=1),
    LinkPurpose.OLD_ADDRESS: timedelta(days=7),
    LinkPurpose.PATIENT_ADDRESS: timedelta(hours=1),
    LinkPurpose.PATIENT_UNDO: timedelta(days=7),
    LinkPurpose.DEMO_SIGN_IN: timedelta(days=30),
}
"""At most a week for an invitation and an hour for a new password (NIST SP 800-63B-4, 4.2)."""


class LinkState(StrEnum):
    """Why a link works or does not."""

    USABLE = "usable"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    OUTDATED = "outdated"


def link_state(
    *,
    expires_at: datetime,
    used_at: datetime | None,
    revoked_at: datetime | None,
    bound_to: str,
    bound_now: str,
    now: datetime,
) -> LinkState:
    """Tell whether a link still works at `now`.

    `bound_to` is what the link was made for (address and credential version as one text) and
    `bound_now` the same text today: a changed address or password puts older links out of use.
    An expiry at exactly `now` has passed.
    """
    if used_at is not None:
        return LinkState.USED
    if revoked_at is not None:
        return LinkState.REVOKED
    if now >= expires_at:
        return LinkState.EXPIRED
    return LinkState.USABLE if bound_to == bound_now else LinkState.OUTDATED
