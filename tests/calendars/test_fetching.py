"""Asking elsewhere: only public https, at the address that was checked, and never for long."""

import socket
import time

import pytest

from booking.calendars.jobs import fetching
from booking.calendars.jobs.fetching import Answered, Asked, ask
from booking.calendars.rules.outside import Problem, Trouble, is_public, target_of
from booking.core.settings import Outbound
from tests.calendars.servers import Elsewhere, Question, elsewhere
from tests.mail.receiver import Authority


@pytest.fixture
def allowed(server: Elsewhere, ours: Authority) -> Outbound:
    return Outbound(allowed=(server.host,), ca_file=ours.cafile)


def problem_of(asked: Asked, outbound: Outbound) -> Problem:
    with pytest.raises(Trouble) as refused:
        ask(asked, outbound)
    return refused.value.problem


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example/x.ics",
        "ftp://calendar.example/x.ics",
        "file:///etc/passwd",
        "https://calendar.example:8443/x.ics",
        "https://user:secret@calendar.example/x.ics",
        "https://",
        "https://calendar.example:99999/",
        "https://calendar.example/a b",
        "https://calendar.example/\r\nHost: evil.example",
        "https://cälendar.example/",
        "https://[::1",
        "calendar.example",
    ],
)
def test_addresses_that_are_not_plain_https_are_refused(url: str) -> None:
    with pytest.raises(Trouble) as refused:
        target_of(url, allowed=())
    assert refused.value.problem is Problem.ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
def test_this_machine_is_not_asked_under_any_name(host: str) -> None:
    problem = problem_of(Asked(url=f"https://{host}/x.ics"), Outbound())
    assert problem in {Problem.ADDRESS, Problem.UNREACHABLE}


def test_the_address_that_was_checked_is_the_one_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when checked and private a moment later is never asked again.

    Holds sec_F6.
    """
    looked_up: list[str] = []
    connected: list[tuple[str, int]] = []

    def getaddrinfo(host: str, port: int, **_more: object) -> list[object]:
        looked_up.append(host)
        address = "93.184.215.14" if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def create_connection(address: tuple[str, int], **_more: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    assert problem_of(Asked(url="https://rebind.example/"), Outbound()) is Problem.UNREACHABLE
    assert connected == [("93.184.215.14", 443)]
    assert looked_up == ["rebind.example"]


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(_host: str, port: int, **_more: object) -> list[object]:
        both = ("93.184.215.14", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in both]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert problem_of(Asked(url="https://two.example/"), Outbound()) is Problem.ADDRESS


def test_a_named_server_is_asked_with_its_name_and_nothing_of_ours(
    server: Elsewhere, allowed: Outbound
) -> None:
    server.serves("hello", ETag='"1"')
    answered = ask(Asked(url=server.address("/a?b=c"), credentials=("mei", "pw")), allowed)
    assert answered == Answered(status=200, headers=answered.headers, body=b"hello")
    assert answered.headers["etag"] == '"1"'
    [question] = server.asked
    assert question.path == "/a?b=c"
    assert question.headers["Host"] == server.host
    assert question.headers["Authorization"] == "Basic bWVpOnB3"
    assert not {"Cookie", "Referer"} & set(question.headers)


def test_another_port_of_an_allowed_host_is_not_allowed(
    server: Elsewhere, ours: Authority, allowed: Outbound
) -> None:
    with elsewhere(ours) as other:
        assert problem_of(Asked(url=other.address()), allowed) is Problem.ADDRESS
        assert other.asked == []


def test_a_redirect_is_checked_like_the_first_address(
    server: Elsewhere, ours: Authority, allowed: Outbound
) -> None:
    """Holds sec_F6."""
    with elsewhere(ours) as other:
        server.answer = lambda _q: (302, {"Location": other.address("/meta-data")}, b"")
        assert problem_of(Asked(url=server.address()), allowed) is Problem.ADDRESS
        assert other.asked == []


def test_a_redirect_to_plain_http_is_refused(server: Elsewhere, allowed: Outbound) -> None:
    server.answer = lambda _q: (302, {"Location": f"http://{server.host}/"}, b"")
    assert problem_of(Asked(url=server.address()), allowed) is Problem.ADDRESS


def test_credentials_stay_with_the_host_they_are_for(server: Elsewhere, ours: Authority) -> None:
    with elsewhere(ours) as other:
        outbound = Outbound(allowed=(server.host, other.host), ca_file=ours.cafile)
        server.answer = lambda _q: (302, {"Location": other.address()}, b"")
        other.serves("moved")
        asked = Asked(url=server.address(), credentials=("mei", "pw"))
        assert ask(asked, outbound).body == b"moved"
        assert "Authorization" in server.asked[0].headers
        assert "Authorization" not in other.asked[0].headers


def test_redirects_that_go_round_end(server: Elsewhere, allowed: Outbound) -> None:
    server.answer = lambda _q: (302, {"Location": "/again"}, b"")
    assert problem_of(Asked(url=server.address()), allowed) is Problem.ODD_ANSWER
    assert len(server.asked) == 4


def test_a_certificate_of_nobody_we_trust_is_refused(server: Elsewhere) -> None:
    outbound = Outbound(allowed=(server.host,))
    assert problem_of(Asked(url=server.address()), outbound) is Problem.CERTIFICATE
    assert server.asked == []


def test_a_certificate_for_another_name_is_refused(ours: Authority) -> None:
    with elsewhere(ours, "other.example") as server:
        outbound = Outbound(allowed=(server.host,), ca_file=ours.cafile)
        assert problem_of(Asked(url=server.address()), outbound) is Problem.CERTIFICATE


def test_more_than_two_mebibytes_are_not_taken(server: Elsewhere, allowed: Outbound) -> None:
    """Holds sec_F6."""
    server.serves(b"x" * (fetching.MOST_BYTES + 1))
    assert problem_of(Asked(url=server.address()), allowed) is Problem.TOO_BIG
    server.serves(b"x" * fetching.MOST_BYTES)
    assert len(ask(Asked(url=server.address()), allowed).body) == fetching.MOST_BYTES


def test_packed_answers_are_not_unpacked(server: Elsewhere, allowed: Outbound) -> None:
    server.serves(b"packed", Content_Encoding="gzip")
    assert problem_of(Asked(url=server.address()), allowed) is Problem.ODD_ANSWER


def drip_body(question: Question) -> tuple[int, dict[str, str], bytes]:
    question.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100):
        question.write(b"x")
        time.sleep(0.1)
    return 0, {}, b""


def drip_headers(question: Question) -> tuple[int, dict[str, str], bytes]:
    question.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        question.write(f"X-{number}: y\r\n".encode())
        time.sleep(0.1)
    return 0, {}, b""


@pytest.mark.parametrize("drip", [drip_body, drip_headers])
def test_a_server_that_drips_is_left(
    server: Elsewhere, allowed: Outbound, monkeypatch: pytest.MonkeyPatch, drip: object
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    server.answer = drip  # type: ignore[assignment]
    assert problem_of(Asked(url=server.address()), allowed) is Problem.SLOW
