"""After signing in, a person lands on this site and nowhere else."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.accounts.rules import local_path

HOME = "/home"
ELSEWHERE = [
    "https://evil.example",
    "http:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "/%09/evil.example\t",
    "javascript:alert(1)",
    "data:text/html,hello",
    " //evil.example",
    " /day",
    "day",
    "",
    "/.//evil.example",
    "/../\\evil.example",
    "/x/..//evil.example",
    "/%2e%2e//evil.example",
    "/day\x00",
    "/day\x7f",
    "/dаy",
    "?next=//evil.example",
    "#evil",
    "@evil.example",
    "/a//evil.example",
    "/" + "a" * 2001,
]


@pytest.mark.parametrize("payload", ELSEWHERE)
def test_a_payload_is_replaced(payload: str) -> None:
    """Holds sec_E8."""
    assert local_path(payload, otherwise=HOME) == HOME


def test_nothing_asked_for_means_the_usual_page() -> None:
    assert local_path(None, otherwise=HOME) == HOME


@pytest.mark.parametrize(
    "path", ["/", "/day", "/day/2027-07-05?show=mine", "/people#invite", "/day?next=https://x/y"]
)
def test_a_page_of_this_site_is_kept(path: str) -> None:
    assert local_path(path, otherwise=HOME) == path


@given(st.text(alphabet="/\\.:@?#%2eE aA\t\n\r", max_size=12))
def test_whatever_is_kept_stays_on_this_host(wanted: str) -> None:
    """Holds sec_E8."""
    kept = local_path(wanted, otherwise=HOME)
    as_browser = "".join(c for c in kept if c not in "\t\r\n").replace("\\", "/")
    assert urlsplit(urljoin("https://clinic.example/sign-in", as_browser)).netloc == (
        "clinic.example"
    )
