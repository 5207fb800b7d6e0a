"""Handing over one message to a real receiver, well-behaved and not."""

from dataclasses import replace

import pytest

from booking.mail.message import build
from booking.mail.rules import Outcome, Verdict
from booking.mail.smtp import Relay, Security, SmtpTransport, UnsafeRelay
from tests.mail.receiver import (
    DROP,
    Authority,
    Receiver,
    authority,
    hanging,
    nobody_listens,
    receiving,
)
from tests.mail.samples import CLINIC, ZOE, a_letter

MESSAGE = build(a_letter(text="One line.\n.\n..Dots at the beginning.\n"))


def hand_over(relay: Relay, message: bytes = MESSAGE) -> Outcome:
    return SmtpTransport(relay).send(message, sender=CLINIC.address, recipient=ZOE.address)


def test_a_message_arrives_exactly_as_built(relay: Relay, receiver: Receiver) -> None:
    assert hand_over(relay).verdict is Verdict.ACCEPTED
    [delivery] = receiver.delivered
    assert delivery.content == MESSAGE
    assert (delivery.sender, delivery.recipients) == (CLINIC.address, [ZOE.address])


def test_tls_from_the_first_byte_works_too(our_authority: Authority) -> None:
    with receiving(our_authority.context(), implicit=True) as receiver:
        relay = Relay(
            host="localhost",
            port=receiver.port,
            security=Security.IMPLICIT,
            cafile=str(our_authority.cafile),
        )
        assert hand_over(relay).verdict is Verdict.ACCEPTED
        assert [d.content for d in receiver.delivered] == [MESSAGE]


def test_it_signs_in_where_the_relay_asks_for_it(relay: Relay, receiver: Receiver) -> None:
    known = replace(relay, username="clinic", password="right")
    assert hand_over(known).verdict is Verdict.ACCEPTED
    assert receiver.sign_ins == [(b"clinic", b"right")]


def test_a_refused_sign_in_keeps_the_message_waiting(relay: Relay, receiver: Receiver) -> None:
    outcome = hand_over(replace(relay, username="clinic", password="wrong"))
    assert outcome == Outcome(Verdict.TRY_AGAIN, 535, "sign-in")
    assert receiver.attempts == []


@pytest.mark.parametrize("code", [421, 450, 451, 452])
@pytest.mark.parametrize("step", ["recipient_replies", "replies"])
def test_a_temporary_reply_means_try_again(
    relay: Relay, receiver: Receiver, step: str, code: int
) -> None:
    getattr(receiver, step).append(f"{code} later, please")
    outcome = hand_over(relay)
    assert (outcome.verdict, outcome.code) == (Verdict.TRY_AGAIN, code)
    assert receiver.delivered == []
    assert hand_over(relay).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("code", [550, 552, 554])
@pytest.mark.parametrize("step", ["recipient_replies", "replies"])
def test_a_final_reply_means_never_again(
    relay: Relay, receiver: Receiver, step: str, code: int
) -> None:
    getattr(receiver, step).append(f"{code} no such person")
    assert hand_over(relay) == Outcome(Verdict.REFUSED, code)


def test_an_untrusted_certificate_gets_no_mail(
    relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Holds sec_F9."""
    stranger = authority(tmp_path_factory.mktemp("stranger"))
    for implicit, security in ((False, Security.STARTTLS), (True, Security.IMPLICIT)):
        with receiving(stranger.context(), implicit=implicit) as receiver:
            elsewhere = replace(relay, port=receiver.port, security=security)
            assert hand_over(elsewhere) == Outcome(Verdict.TRY_AGAIN, None, "certificate")
            assert receiver.attempts == []


def test_a_certificate_for_another_host_gets_no_mail(
    relay: Relay, our_authority: Authority
) -> None:
    with receiving(our_authority.context("elsewhere.example")) as receiver:
        outcome = hand_over(replace(relay, port=receiver.port))
        assert outcome == Outcome(Verdict.TRY_AGAIN, None, "certificate")
        assert receiver.attempts == []


def test_a_relay_without_tls_gets_no_mail(relay: Relay) -> None:
    """Holds sec_F9."""
    with receiving(None) as receiver:
        outcome = hand_over(replace(relay, port=receiver.port))
        assert outcome == Outcome(Verdict.TRY_AGAIN, None, "tls")
        assert receiver.attempts == []


def test_a_relay_that_says_nothing_is_left_after_the_timeout(relay: Relay) -> None:
    with hanging() as port:
        outcome = hand_over(replace(relay, port=port, timeout=0.2))
    assert outcome == Outcome(Verdict.TRY_AGAIN, None, "timeout")


def test_a_relay_that_is_down_means_try_again(relay: Relay) -> None:
    outcome = hand_over(replace(relay, port=nobody_listens()))
    assert outcome == Outcome(Verdict.TRY_AGAIN, None, "connect")


def test_a_connection_lost_after_the_message_means_try_again(
    relay: Relay, receiver: Receiver
) -> None:
    receiver.replies.append(DROP)
    assert hand_over(relay) == Outcome(Verdict.TRY_AGAIN, None, "dropped")
    assert hand_over(relay).verdict is Verdict.ACCEPTED
    first, second = receiver.delivered
    assert first.content == second.content


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "mail.example", "allow_plain_loopback": True},
        {"host": "192.0.2.7", "allow_plain_loopback": True},
        {"host": "localhost", "allow_plain_loopback": False},
        {"host": "localhost", "allow_plain_loopback": True, "password": "secret"},
    ],
    ids=str,
)
def test_plain_connections_are_refused_when_configured(settings: dict[str, object]) -> None:
    with pytest.raises(UnsafeRelay):
        Relay(port=25, security=Security.PLAIN, **settings)  # type: ignore[arg-type]


def test_a_demo_may_use_a_plain_relay_on_this_machine() -> None:
    with receiving(None) as receiver:
        relay = Relay(
            host="127.0.0.1",
            port=receiver.port,
            security=Security.PLAIN,
            allow_plain_loopback=True,
        )
        assert hand_over(relay).verdict is Verdict.ACCEPTED
        assert [d.content for d in receiver.delivered] == [MESSAGE]
