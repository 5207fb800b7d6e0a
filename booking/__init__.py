"""Stillpoint: appointment booking for acupuncture clinics."""

import zoneinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from booking.core.settings import Settings

# One source of zone rules on every machine: the pinned `tzdata` distribution. Without this,
# zoneinfo prefers whatever copy the operating system carries, and the same visit could be
# an hour apart on two hosts. Zones read before this line are read again.
zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Build the application; assembly is imported here so that rules import without Flask."""
    from booking.app import assemble

    return assemble(settings)
