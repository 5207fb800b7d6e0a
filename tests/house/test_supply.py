"""What is depended on is pinned and audited, and what the documents say of tests is true."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.advisories import Said, read

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/security.md").read_text()
LAST = {"A": 12, "B": 8, "C": 7, "D": 8, "E": 9, "F": 11, "G": 6, "H": 7, "I": 5, "J": 14, "K": 4}
NUMBERS = {f"{part}{number}" for part, last in LAST.items() for number in range(1, last + 1)}
ROW = re.compile(r"^\| ([A-K]\d+) \| ([a-z ]+) \| (.+?) \| (.*)\|$", re.MULTILINE)
NAMED = re.compile(r"`([a-z_0-9]+/test_[a-z_0-9]+\.py)(?:::(test_[a-z_0-9]+))?`")
CARRIED = re.compile(r"\bsec_([A-K]\d+)\b")
FOUND = "Found 1 known vulnerability in 1 package\nName Version ID\nx 1.0 GHSA-0\n"
CLEAR = "No known vulnerabilities found\n"


def test_every_requirement_is_in_the_table_once_and_says_how_it_stands() -> None:
    rows = ROW.findall(TABLE)
    assert sorted(number for number, *_ in rows) == sorted(NUMBERS)
    for number, state, what, shown in rows:
        assert state in {"met", "partly", "not yet", "not shown", "not there"}, number
        assert NAMED.search(shown) or not state.startswith(("met", "partly")), number
        assert ("ot yet" in what) or state != "partly", number


def test_every_test_that_the_table_names_is_there() -> None:
    named = NAMED.findall(TABLE)
    assert len(named) > 150
    for file, function in named:
        tree = ast.parse((ROOT / "tests" / file).read_text())
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert not function or function in there, f"{file}::{function}"


def test_each_test_of_the_table_carries_the_numbers_it_holds() -> None:
    """`sec_A1` in its docstring, so that whoever breaks it knows what was promised."""
    named: dict[tuple[str, str], set[str]] = {}
    for number, _state, _what, shown in ROW.findall(TABLE):
        for file, function in NAMED.findall(shown):
            named.setdefault((file, function), set()).add(number)
    for (file, function), numbers in named.items():
        if function:
            assert carried(file)[function] == numbers, f"{file}::{function}"
    held = {
        number for (_file, function), numbers in named.items() if function for number in numbers
    }
    assert NUMBERS - held == {"F5", "J13"}  # no files of patients; not shown on one machine


@cache
def carried(file: str) -> dict[str, set[str]]:
    """The numbers in the docstring of each test of a file."""
    tree = ast.parse((ROOT / "tests" / file).read_text())
    return {
        node.name: set(CARRIED.findall(ast.get_docstring(node) or ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_a_hash(name: str) -> None:
    """Holds sec_K2."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(lines) > 30
    for line in lines:
        assert re.match(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:", line), line[:60]


def test_the_development_pins_are_those_that_run() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.M))

    runs, develops = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: develops.get(name) for name in runs} == runs


@pytest.mark.parametrize(
    ("report", "code", "said"),
    [
        (CLEAR, 0, Said.CLEAR),
        (FOUND, 1, Said.FOUND),
        (FOUND + "y Dependency could not be audited\n", 1, Said.FOUND),
        (
            CLEAR + "x Dependency not found on PyPI and could not be audited: x (1)\n",
            0,
            Said.NOT_ASKED,
        ),
        ("ConnectionError: somewhere\n", 1, Said.NOT_ASKED),
        ("", 0, Said.NOT_ASKED),
    ],
)
def test_what_an_audit_says_is_read_right(report: str, code: int, said: Said) -> None:
    """Holds sec_K2."""
    assert read(report, code) is said


def test_the_checks_audit_what_is_depended_on() -> None:
    """Holds sec_K2."""
    assert "\n.ci/audit\n" in (ROOT / ".ci/run").read_text()
    audit = (ROOT / ".ci/audit").read_text()
    for tool in ("bandit", "pip-audit", "cyclonedx-py"):
        assert f".venv/bin/{tool} " in audit
        assert (
            f"\n{tool.replace('cyclonedx-py', 'cyclonedx-bom')}=="
            in (ROOT / "requirements-dev.txt").read_text()
        )
