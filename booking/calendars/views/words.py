"""What went wrong with a calendar elsewhere, in words that say what to do."""

from booking.calendars.rules.outside import Problem
from booking.core.errors import N_

PROBLEMS = {
    Problem.ADDRESS: N_("This address cannot be asked from here. Only public https addresses can."),
    Problem.UNREACHABLE: N_("The server could not be reached."),
    Problem.CERTIFICATE: N_("The server's certificate could not be trusted."),
    Problem.SLOW: N_("The server took too long to answer."),
    Problem.MISSING: N_("There is no calendar at this address any more."),
    Problem.REFUSED: N_("The server did not take the user name and password."),
    Problem.ODD_ANSWER: N_("The server answered with something that is no calendar."),
    Problem.TOO_BIG: N_("The calendar is larger than two megabytes."),
    Problem.NOT_A_CALENDAR: N_("What is at this address could not be read as a calendar."),
    Problem.TOO_MUCH: N_("The calendar holds more entries, or longer series, than can be read."),
}


def problem_words(problem: str) -> str:
    """Return the untranslated sentence for a stored problem; empty where there is none."""
    return PROBLEMS[Problem(problem)] if problem else ""
