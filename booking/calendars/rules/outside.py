"""Which addresses may be asked, what can go wrong there, and when to ask again. Pure."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

HTTPS_PORT = 443
MOST_REDIRECTS = 3
CHECK_EVERY = timedelta(minutes=15)
STALE_AFTER = timedelta(hours=24)
# The second and later tries of a server that is away.
SERVER_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)


class Problem(StrEnum):
    """What went wrong, in our words; nothing a server said is ever shown or kept."""

    ADDRESS = "address"  # not https, or not a public address
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    SLOW = "slow"
    MISSING = "missing"
    REFUSED = "refused"  # user or password
    ODD_ANSWER = "odd-answer"
    TOO_BIG = "too-big"
    NOT_A_CALENDAR = "not-a-calendar"
    TOO_MUCH = "too-much"  # rules that never end, or more entries than can be read


class Trouble(Exception):
    """Something kept elsewhere could not be had; `problem` says what it was."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.value)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a request goes: the host as its certificate names it, the port, path and query."""

    host: str
    port: int
    path: str
    private_too: bool  # the settings name this host and port

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"


def target_of(url: str, *, allowed: Collection[str]) -> Target:
    """Read an address. Raises Trouble unless it is https, on port 443 or in `allowed`."""
    if len(url) > 2000 or not url.isascii() or any(c.isspace() or ord(c) < 32 for c in url):
        raise Trouble(Problem.ADDRESS)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS_PORT
    except ValueError as unread:
        raise Trouble(Problem.ADDRESS) from unread
    named = f"{host}:{port}" in allowed
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        raise Trouble(Problem.ADDRESS)
    if port != HTTPS_PORT and not named:
        raise Trouble(Problem.ADDRESS)
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return Target(host=host, port=port, path=path, private_too=named)


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, whatever form it is written in.

    Addresses that carry another one (mapped, 6to4, NAT64) are as public as the one they carry.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        carried = found.ipv4_mapped or found.sixtofour or _nat64(found)
        if carried is not None:
            return is_public(str(carried))
    closed = (
        found.is_private
        or found.is_loopback
        or found.is_link_local
        or found.is_multicast
        or found.is_reserved
        or found.is_unspecified
    )
    return found.is_global and not closed


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _nat64(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None


def is_stale(read_at: datetime | None, failing_since: datetime | None, *, now: datetime) -> bool:
    """Tell whether what is known of a calendar is too old to rely on."""
    if failing_since is None:
        return False
    return (read_at or failing_since) <= now - STALE_AFTER


def server_delay(failures: int) -> timedelta:
    """Return how long to leave a server alone after that many failures in a row (at least one)."""
    return SERVER_DELAYS[min(failures, len(SERVER_DELAYS)) - 1]
