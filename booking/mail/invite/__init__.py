"""Calendar objects, made of snapshots alone."""

from booking.mail.invite.objects import PRODID, calendar_bytes, feed_bytes, object_bytes
from booking.mail.invite.zones import zone_rule

__all__ = ["PRODID", "calendar_bytes", "feed_bytes", "object_bytes", "zone_rule"]
