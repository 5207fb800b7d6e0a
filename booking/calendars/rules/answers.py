"""What may come back about a visit, and what counts as an answer. Pure."""

from enum import StrEnum


class Answer(StrEnum):
    """What came back. Only the first two need nobody."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    OTHER_TIME = "other-time"  # another time was proposed
    UNDELIVERED = "undelivered"  # the message itself came back


ASK_RECEPTION = (Answer.DECLINED, Answer.OTHER_TIME, Answer.UNDELIVERED)
