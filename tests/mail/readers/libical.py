"""Reads calendar objects with libical 3, in a process of its own.

Standard input: a JSON list of base64 texts. Standard output: a JSON list of what it
understood; instants are seconds since 1970 UTC. Status 3: the library is not installed.
"""

import base64
import ctypes
import ctypes.util
import json
import sys


class Time(ctypes.Structure):
    """struct icaltimetype of libical 3."""

    _fields_ = [
        (name, ctypes.c_int)
        for name in (["year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight"])
    ] + [("zone", ctypes.c_void_p)]


def load() -> ctypes.CDLL:
    name = ctypes.util.find_library("ical") or "libical.so.3"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        sys.exit(3)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, result, *arguments in (
        ("icalparser_parse_string", pointer, text),
        ("icalcomponent_string_to_kind", number, text),
        ("icalproperty_string_to_kind", number, text),
        ("icalparameter_string_to_kind", number, text),
        ("icalcomponent_count_components", number, pointer, number),
        ("icalcomponent_count_errors", number, pointer),
        ("icalcomponent_get_first_component", pointer, pointer, number),
        ("icalcomponent_get_first_property", pointer, pointer, number),
        ("icalproperty_get_first_parameter", pointer, pointer, number),
        ("icalproperty_get_value_as_string", text, pointer),
        ("icalparameter_get_cn", text, pointer),
        ("icalcomponent_get_dtstart", Time, pointer),
        ("icalcomponent_get_dtend", Time, pointer),
        ("icalcomponent_get_dtstamp", Time, pointer),
        ("icaltime_as_timet_with_zone", ctypes.c_long, Time, pointer),
        ("icaltimezone_get_utc_timezone", pointer),
        ("icalcomponent_get_summary", text, pointer),
        ("icalcomponent_get_location", text, pointer),
        ("icalcomponent_get_description", text, pointer),
        ("icalcomponent_get_uid", text, pointer),
        ("icalcomponent_get_sequence", number, pointer),
        ("icalrestriction_check", number, pointer),
        ("icalcomponent_free", None, pointer),
    ):
        handle = getattr(library, function)
        handle.restype, handle.argtypes = result, arguments
    return library


class Reader:
    def __init__(self) -> None:
        self.lib = load()

    def value(self, component: int, name: bytes) -> str:
        kind = self.lib.icalproperty_string_to_kind(name)
        found = self.lib.icalcomponent_get_first_property(component, kind)
        return self.lib.icalproperty_get_value_as_string(found).decode()

    def person(self, event: int, name: bytes) -> list[str]:
        kind = self.lib.icalproperty_string_to_kind(name)
        found = self.lib.icalcomponent_get_first_property(event, kind)
        cn = self.lib.icalparameter_string_to_kind(b"CN")
        parameter = self.lib.icalproperty_get_first_parameter(found, cn)
        address = self.lib.icalproperty_get_value_as_string(found)
        return [self.lib.icalparameter_get_cn(parameter).decode(), address.decode()]

    def instant(self, time: Time) -> int:
        zone = time.zone or self.lib.icaltimezone_get_utc_timezone()
        return self.lib.icaltime_as_timet_with_zone(time, zone)

    def understood(self, text: bytes) -> dict[str, object]:
        lib = self.lib
        calendar = lib.icalparser_parse_string(text)
        vevent = lib.icalcomponent_string_to_kind(b"VEVENT")
        event = lib.icalcomponent_get_first_component(calendar, vevent)
        start = lib.icalcomponent_get_dtstart(event)
        found = {
            "method": self.value(calendar, b"METHOD"),
            "events": lib.icalcomponent_count_components(calendar, vevent),
            "uid": lib.icalcomponent_get_uid(event).decode(),
            "sequence": lib.icalcomponent_get_sequence(event),
            "status": self.value(event, b"STATUS"),
            "summary": (lib.icalcomponent_get_summary(event) or b"").decode(),
            "location": (lib.icalcomponent_get_location(event) or b"").decode(),
            "description": (lib.icalcomponent_get_description(event) or b"").decode(),
            "start": self.instant(start),
            "end": self.instant(lib.icalcomponent_get_dtend(event)),
            "stamp": self.instant(lib.icalcomponent_get_dtstamp(event)),
            "organizer": self.person(event, b"ORGANIZER"),
            "attendee": self.person(event, b"ATTENDEE"),
            "errors": lib.icalcomponent_count_errors(calendar),
            "fits_its_method": bool(lib.icalrestriction_check(calendar)),
        }
        lib.icalcomponent_free(calendar)
        return found


def main() -> None:
    texts = [base64.b64decode(text) for text in json.load(sys.stdin)]
    reader = Reader()
    sys.stdout.write(json.dumps([reader.understood(text) for text in texts]))


if __name__ == "__main__":
    main()
