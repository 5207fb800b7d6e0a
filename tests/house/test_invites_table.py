"""The table of what invites keep to names every number, and only tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "invites.md").read_text()


def test_every_requirement_has_a_line() -> None:
    told = re.findall(r"^\| ([\d, ]+) \|", TABLE, re.MULTILINE)
    assert {int(n) for line in told for n in line.split(", ")} == set(range(1, 41))


def test_every_test_named_is_there() -> None:
    named = re.findall(r"`(\S+\.py)::(\w+)`", TABLE)
    assert len(named) > 40
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(), test
