"""Stillpoint: appointment booking for acupuncture clinics."""

import zoneinfo

# One source of zone rules on every machine: the pinned `tzdata` distribution. Without this,
# zoneinfo prefers whatever copy the operating system carries, and the same visit could be
# an hour apart on two hosts. Zones read before this line are read again.
zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()
