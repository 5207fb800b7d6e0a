"""Handing one finished message to the relay. Always over verified TLS; nothing is retried here.

The one exception: a relay on this machine, where a setting allows it (demo and tests).
"""

import smtplib
import ssl
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from booking.mail.rules import Outcome, Verdict, verdict_of


class Security(StrEnum):
    """How the connection to the relay is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "tls"
    PLAIN = "none"


class UnsafeRelay(ValueError):
    """A setting that would send mail over an unprotected connection."""


@dataclass(frozen=True, kw_only=True)
class Relay:
    """Where mail is handed over. `timeout` is seconds per step of the conversation.

    `helo` is the name this host gives (by default the sending domain's, never a local host
    name); `cafile` names extra certificate authorities.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = ""
    cafile: str | None = None
    timeout: float = 30.0
    helo: str = "localhost"
    allow_plain_loopback: bool = False

    def __post_init__(self) -> None:
        """Raise UnsafeRelay for a plain connection that leaves this machine or was not allowed."""
        allowed = self.allow_plain_loopback and _is_loopback(self.host) and not self.password
        if self.security is Security.PLAIN and not allowed:
            raise UnsafeRelay("mail goes over TLS; only a demo's relay on this machine may not")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class SmtpTransport:
    """A Transport that speaks SMTP to one relay, one connection a message."""

    relay: Relay

    def send(self, message: bytes, *, sender: str, recipient: str) -> Outcome:
        """Try once. Only replies about this message can refuse it for good.

        A refused sign-in, greeting or certificate is the relay's trouble: the message waits.
        """
        try:
            with _Connection(self.relay) as connection:
                connection.sendmail(sender, [recipient], message)
                return Outcome(Verdict.ACCEPTED, 250)
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            return Outcome(verdict_of(code), code)
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            return Outcome(verdict_of(refused.smtp_code), refused.smtp_code)
        except (smtplib.SMTPException, OSError) as problem:
            return _trouble(problem)


def _trouble(problem: Exception) -> Outcome:
    """A failure that says nothing about the message: try again later."""
    code = problem.smtp_code if isinstance(problem, smtplib.SMTPResponseException) else None
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (smtplib.SMTPAuthenticationError, "sign-in"),
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "tls"),
        (smtplib.SMTPNotSupportedError, "tls"),
        (TimeoutError, "timeout"),
        (smtplib.SMTPServerDisconnected, "dropped"),
    )
    if isinstance(problem, smtplib.SMTPServerDisconnected):
        # smtplib says "disconnected" for every failed read; what failed is in its context.
        cause = problem.__context__
        problem = cause if isinstance(cause, TimeoutError) else problem
    reason = next((word for kind, word in reasons if isinstance(problem, kind)), "connect")
    return Outcome(Verdict.TRY_AGAIN, code, reason)


class _Connection:
    """A signed-in connection; leaving it never turns a finished hand-over into a failure."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> smtplib.SMTP:
        self._client = client = self._connect()
        try:
            self._settle(client)
        except BaseException:
            client.close()
            raise
        return client

    def __exit__(self, kind: object, *_: object) -> None:
        if self._client is None:
            return
        try:
            if kind is None:
                self._client.quit()
        except (smtplib.SMTPException, OSError):
            pass  # the reply to the message has been read: only the farewell was lost
        finally:
            self._client.close()

    def _connect(self) -> smtplib.SMTP:
        relay = self._relay
        if relay.security is Security.IMPLICIT:
            return smtplib.SMTP_SSL(
                relay.host,
                relay.port,
                local_hostname=relay.helo,
                timeout=relay.timeout,
                context=_context(relay),
            )
        return smtplib.SMTP(
            relay.host, relay.port, local_hostname=relay.helo, timeout=relay.timeout
        )

    def _settle(self, client: smtplib.SMTP) -> None:
        relay = self._relay
        client.ehlo()
        if relay.security is Security.STARTTLS:
            client.starttls(context=_context(relay))
            client.ehlo()
        if relay.username:
            client.login(relay.username, relay.password)


def _context(relay: Relay) -> ssl.SSLContext:
    """Certificates and host names are checked (smtplib's own default checks neither)."""
    context = ssl.create_default_context()
    if relay.cafile is not None:
        context.load_verify_locations(relay.cafile)
    return context
