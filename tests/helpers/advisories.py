"""What pip-audit said: known weaknesses (fails), all clear, or not asked (told in capitals)."""

import re
import sys
from enum import Enum
from pathlib import Path

FOUND = re.compile(r"^Found \d+ known vulnerabilit", re.MULTILINE)
CLEAR = re.compile(r"^No known vulnerabilities found", re.MULTILINE)
NOT_ASKED = "could not be audited"


class Said(Enum):
    """What there is to say of a run."""

    FOUND = 1
    CLEAR = 0
    NOT_ASKED = 2


def read(report: str, code: int) -> Said:
    """Tell what a run of pip-audit means, from what it printed and its exit code.

    Packages it could not ask about are not clear, though its own code for that is 0.
    """
    if FOUND.search(report):
        return Said.FOUND
    if code == 0 and CLEAR.search(report) and NOT_ASKED not in report:
        return Said.CLEAR
    return Said.NOT_ASKED


def main(file: str, code: str) -> int:
    """Say it; return what the checks exit with."""
    report = Path(file).read_text()
    said = read(report, int(code))
    if said is Said.CLEAR:
        print("pip-audit: nothing known against any dependency.")  # noqa: T201
        return 0
    print(report)  # noqa: T201
    if said is Said.FOUND:
        print("KNOWN WEAKNESSES IN DEPENDENCIES: see above; SECURITY.md says how soon to mend.")  # noqa: T201
        return 1
    print("DEPENDENCIES WERE NOT CHECKED: the advisory service did not answer for all of them.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
