"""Words that may not stand where others can read them: subjects, senders, calendars, addresses.

Pure. The list follows what the shipped messages are held to; it knows English and Spanish.
"""

import re

_TELLING = re.compile(
    r"pregnan\w*|fertil\w*|\bivf\b|embryo\w*|\beggs?\b|sperm\w*|\bperiods?\b|miscarr\w*"
    r"|\bloss(?:es)?\b|\bbab(?:y|ies)\b|\bbump\b|due date|\bweeks\b|\d+ weeks?\b|\bscans?\b"
    r"|bereave\w*|congratulat\w*|acupunct\w*|\bneedl\w*|\btreatments?\b|\bmedicines?\b"
    r"|\ballerg\w*|\burgent\w*|\bintake\b|first visit|\bfollow-ups?\b|\bconsultations?\b"
    r"|\breason for\b|\bsymptoms?\b|\bovulat\w*|\bcycles?\b"
    r"|embaraz\w*|\baborto\w*|\bpérdidas?\b|\bbebés?\b|\bfiv\b|acupunt\w*|\bóvulos?\b"
    r"|ecograf\w*|\bagujas?\b|\btratamientos?\b|\bmedicamentos?\b|\balergi\w*",
    re.IGNORECASE,
)


def telling(text: str) -> list[str]:
    """Return the words in `text` that would tell what somebody comes for, each once, in order."""
    found = (each.group().casefold() for each in _TELLING.finditer(text))
    return list(dict.fromkeys(found))
