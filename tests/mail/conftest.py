"""A receiver of mail and the settings that reach it."""

from collections.abc import Iterator

import pytest

from booking.mail.smtp import Relay, Security, SmtpTransport
from tests.mail.receiver import Authority, Receiver, authority, receiving


@pytest.fixture(scope="session")
def our_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def receiver(our_authority: Authority) -> Iterator[Receiver]:
    with receiving(our_authority.context()) as started:
        yield started


@pytest.fixture
def relay(receiver: Receiver, our_authority: Authority) -> Relay:
    return Relay(
        host="localhost",
        port=receiver.port,
        security=Security.STARTTLS,
        cafile=str(our_authority.cafile),
        timeout=10,
        helo="canal.example",
    )


@pytest.fixture
def transport(relay: Relay) -> SmtpTransport:
    return SmtpTransport(relay)
