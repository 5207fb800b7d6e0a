"""What each table of a clinic's file may hold, and how each key is read. Pure."""

from booking.clinic.rules import values as v
from booking.clinic.rules.values import Key
from booking.core.languages import NAMES

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
ALL_TECHNIQUES = "electroacupuncture moxa cupping"
TECHNIQUES = "((electroacupuncture|moxa|cupping)( |$))*"
PERMISSIONS = "((partner|photos|research|news)( |$))*"
CLINIC = {
    "name": Key(v.text, needed=True),
    "outward_name": Key(v.text, needed=True),
    "sender_name": Key(v.text, needed=True),
    "sender_address": Key(v.email, needed=True),
    "phone": Key(v.text, needed=True),
    "phone_hours": Key(v.text, needed=True),
    "currency": Key(v.pattern("[A-Z]{3}", "GBP"), otherwise="GBP"),
    "locale": Key(v.pattern("[a-z]{2,3}(_[A-Z]{2})?", "en_GB"), otherwise="en_GB"),
    "other_locales": Key(v.joined(v.one_of(*NAMES)), otherwise=""),
    "region": Key(v.pattern("[A-Z]{2}", "GB"), otherwise="GB"),
    "emergency_number": Key(v.text, needed=True),
    "emergency_department": Key(v.text, needed=True),
    "urgent_advice_line": Key(v.text, needed=True),
    "early_pregnancy_unit": Key(v.text, needed=True),
    "crisis_text": Key(v.text, needed=True),
    "watched_by": Key(v.words),
    "watched_when": Key(v.words),
    "urgent_email": Key(v.email_or_nothing),
    "reception_view": Key(v.one_of("tasks", "standard", "full"), otherwise="standard"),
    "minimum_age": Key(v.whole(0, 120), otherwise=16),
    "reminder_hours": Key(v.whole(0, 14 * 24), otherwise=48),
    "reminder_morning": Key(v.pattern(f"({CLOCK})?", "08:00"), otherwise="08:00"),
    "check_at": Key(v.pattern(f"({CLOCK})?", "15:00"), otherwise="15:00"),
    "check_days": Key(v.whole(1, 90), otherwise=7),
    "quiet_from": Key(v.pattern(CLOCK, "21:00"), otherwise="21:00"),
    "quiet_until": Key(v.pattern(CLOCK, "08:00"), otherwise="08:00"),
    "reading_days": Key(v.whole(0, 3650), otherwise=90),
    "young_kept_to_age": Key(v.whole(0, 60), otherwise=25),
    "unfinished_days": Key(v.whole(1, 365), otherwise=30),
    "retention_by": Key(v.words),
    "permissions": Key(v.pattern(PERMISSIONS, "partner photos"), otherwise="partner"),
    "techniques": Key(v.pattern(TECHNIQUES, "moxa cupping"), otherwise=ALL_TECHNIQUES),
    "leave_url": Key(v.web_address, otherwise="https://www.bbc.co.uk/weather"),
}
LOCATION = {
    "name": Key(v.text, needed=True),
    "outward_name": Key(v.text, needed=True),
    "address": Key(v.text, needed=True),
    "directions": Key(v.words),
    "zone": Key(v.zone, needed=True),
    "rooms": Key(v.several(v.text), needed=True),
}
PRACTITIONER = {
    "name": Key(v.text, needed=True),
    "email": Key(v.email_or_nothing),
    "about": Key(v.words),
    "title": Key(v.words),
    "outward_title": Key(v.words),
    "languages": Key(v.words),
    "video_url": Key(v.web_address),
    "hours": Key(v.tables, otherwise=()),
}
HOURS = {
    "at": Key(v.text, needed=True),
    "days": Key(v.several(v.one_of(*WEEKDAYS)), needed=True),
    "starts": Key(v.clock, needed=True),
    "ends": Key(v.clock, needed=True),
    "every_n_weeks": Key(v.whole(1, 8), otherwise=1),
}
SERVICE_VALUES = {
    "name": Key(v.text, needed=True),
    "outward_name": Key(v.text, needed=True),
    "description": Key(v.words),
    "price": Key(v.price, needed=True),
    "first_visit": Key(v.yes_or_no, otherwise=False),
    "mode": Key(v.one_of("online", "request", "phone"), otherwise="online"),
    "way": Key(v.one_of("in-person", "video"), otherwise="in-person"),
    "new_patients": Key(v.yes_or_no, otherwise=True),
    "minutes_before": Key(v.whole(0, 240), otherwise=0),
    "minutes_after": Key(v.whole(0, 240), otherwise=0),
    "minimum_notice_minutes": Key(v.whole(0, 60 * v.MINUTES_A_DAY), otherwise=120),
    "horizon_days": Key(v.whole(1, 400), otherwise=90),
    "grid_minutes": Key(v.grid, otherwise=15),
    "move_window_minutes": Key(v.whole(0, 60 * v.MINUTES_A_DAY), otherwise=v.MINUTES_A_DAY),
    "cancel_window_minutes": Key(v.whole(0, 60 * v.MINUTES_A_DAY), otherwise=v.MINUTES_A_DAY),
    "late_change": Key(v.one_of("call", "ask"), otherwise="call"),
    "request_minutes": Key(v.whole(30, 30 * v.MINUTES_A_DAY), otherwise=2 * v.MINUTES_A_DAY),
    "daily_cap": Key(v.whole(1, 100), otherwise=None),
    "weekly_cap": Key(v.whole(1, 500), otherwise=None),
    "gap": Key(v.one_of("none", "adjacent", "part-of-day"), otherwise="none"),
}
# What may be another for one practitioner; what is left out is the service's own.
OWN_VALUES = {
    key: Key(SERVICE_VALUES[key].read, otherwise=None)
    for key in (
        "price",
        "mode",
        "new_patients",
        "minimum_notice_minutes",
        "horizon_days",
        "grid_minutes",
        "move_window_minutes",
        "cancel_window_minutes",
        "gap",
    )
} | {
    "daily_cap": Key(v.whole_or_no_limit(1, 100), otherwise=None),
    "weekly_cap": Key(v.whole_or_no_limit(1, 500), otherwise=None),
}
OWN = {
    "practitioner": Key(v.text, needed=True),
    "segments": Key(v.segments, otherwise=()),
    **OWN_VALUES,
}
SERVICE = {
    **SERVICE_VALUES,
    "segments": Key(v.segments, needed=True),
    "practitioners": Key(v.several(v.text), otherwise=()),
    "rooms": Key(v.several(v.text), otherwise=()),
    "by": Key(v.tables, otherwise=()),
}
PERSON = {
    "name": Key(v.text, needed=True),
    "email": Key(v.email, needed=True),
    "roles": Key(v.several(v.one_of("owner", "reception")), needed=True),
}
CLOSURE = {
    "name": Key(v.text, needed=True),
    "first_day": Key(v.day, needed=True),
    "last_day": Key(v.day, otherwise=None),
    "locations": Key(v.several(v.text), otherwise=()),
}
INSIDE = {"practitioners": ("hours", HOURS), "services": ("by", OWN)}
"""Tables that stand inside those of a list: [[practitioners.hours]], [[services.by]]."""

LISTS = {
    "locations": (LOCATION, 1),
    "practitioners": (PRACTITIONER, 1),
    "services": (SERVICE, 1),
    "people": (PERSON, 0),
    "closures": (CLOSURE, 0),
}
