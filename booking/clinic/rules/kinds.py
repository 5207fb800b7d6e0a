"""The few words a service and its rules are described with. Pure."""

from enum import StrEnum

NO_LIMIT = 1_000_000
"""What is stored as a practitioner's own cap where the service has one and she has none."""


class SegmentKind(StrEnum):
    """What the practitioner does during a part of a visit."""

    HANDS_ON = "hands-on"
    RESTING = "resting"  # the patient rests; the practitioner is free for someone else


class BookingMode(StrEnum):
    """How a patient comes to a visit of this kind."""

    ONLINE = "online"  # she takes a time and has it
    REQUEST = "request"  # she asks for a time, which is kept until the clinic answers
    PHONE = "phone"  # only the clinic books it


class Way(StrEnum):
    """Where patient and practitioner meet."""

    IN_PERSON = "in-person"
    VIDEO = "video"  # no room is taken; the practitioner's hours still have a location


class GapRule(StrEnum):
    """Which free times are offered on a day that has visits already."""

    NONE = "none"  # all of them
    ADJACENT = "adjacent"  # those that touch what is taken
    PART_OF_DAY = "part-of-day"  # those in the parts of the day that have begun to fill


class CredentialKind(StrEnum):
    """What somebody who treats has to show."""

    LICENCE = "licence"  # registration with a body
    INSURANCE = "insurance"
    OTHER = "other"  # training, memberships: nothing depends on them


class LateChange(StrEnum):
    """What a patient can do inside the window in which she may no longer change a visit."""

    CALL = "call"
    ASK = "ask"  # ask the clinic to change it; nothing changes until somebody has
