"""What goes over the wire, as a reader of mail sees it."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.mail.invite import calendar_bytes
from booking.mail.message import Letter, UnsafeMessage, build
from booking.mail.rules import Mailbox, UnmailableAddress, header
from tests.mail.samples import CLINIC, FIRST_ID, ZOE, a_letter, an_invite

PLAIN_HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("MIME-Version", "Content-Type"),
]


def read(made: bytes) -> EmailMessage:
    found = BytesParser(policy=default).parsebytes(made)
    assert isinstance(found, EmailMessage)
    assert [part.defects for part in found.walk() if part.defects] == []
    return found


def with_invite(**changes: object) -> Letter:
    invite = an_invite(**changes)
    return a_letter(calendar=calendar_bytes(invite), method=invite.method)


def test_an_invite_travels_as_last_alternative_and_as_one_attached_copy() -> None:
    message = read(build(with_invite()))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    inline, attached = list(message.walk())[4:]
    assert inline.get_param("method") == "REQUEST"
    assert inline.get_content_charset() == "utf-8"
    assert inline.get_content_disposition() is None
    assert attached.get_filename() == "invite.ics"
    assert inline.get_payload(decode=True) == attached.get_payload(decode=True)
    assert inline.get_payload(decode=True) == calendar_bytes(an_invite())
    assert {part["Content-Transfer-Encoding"] for part in list(message.walk())[2:]} == {"base64"}


def test_a_cancellation_says_so_in_the_part_and_in_the_calendar() -> None:
    message = read(build(with_invite(method="CANCEL", sequence=1)))
    [inline] = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert inline.get_param("method") == "CANCEL"
    assert b"\r\nMETHOD:CANCEL\r\n" in inline.get_payload(decode=True)


def test_a_message_without_an_appointment_has_no_calendar() -> None:
    message = read(build(a_letter()))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_the_headers_are_the_intended_ones_and_no_others() -> None:
    message = read(build(a_letter()))
    assert message.keys() == PLAIN_HEADERS
    assert message["From"] == "Canal Street <desk@canal.example>"
    assert message["To"] == "Zoë Ito <zoe@mail.example>"
    assert message["Subject"] == "Your appointment"
    assert message["Date"] == "Mon, 01 Jun 2026 08:30:00 +0000"
    assert message["Message-ID"] == FIRST_ID
    assert message["Auto-Submitted"] == "auto-generated"


def test_later_messages_answer_the_first_one() -> None:
    later = f"<{'b' * 40}@{'long-' * 12}domain.example>"
    message = read(build(a_letter(message_id=later, thread=FIRST_ID)))
    assert (message["In-Reply-To"], message["References"]) == (FIRST_ID, FIRST_ID)
    assert message["Message-ID"] == later
    long_thread = message_from_bytes(build(a_letter(message_id=FIRST_ID, thread=later)))
    assert long_thread["References"].strip() == later  # as written: not an encoded word


def test_the_same_letter_is_the_same_bytes_and_another_id_another_boundary() -> None:
    assert build(with_invite()) == build(with_invite())
    other = build(a_letter(message_id="<another@canal.example>"))
    assert read(other).get_boundary() != read(build(a_letter())).get_boundary()


HOSTILE = [
    "=?utf-8?q?x=0d=0aBcc=3a_e=40e.org?=",
    "=?utf-8?b?eA0KQmNjOiBlQGUub3Jn?=",
    "==??utf-8?q?x=0d=0aBcc=3a_e=40e.org?=",
    "Eve\r\nBcc: evil@e.example",
    "Eve\nX-Evil: 1\n\n<p>body</p>",
    "Eve\x00\x0b\x0c\x85\u2028\u2029Bcc: e@e.example",
    "\u202egro.e@e :ccB\u202c",
    '"Eve" <evil@e.example>, ',
    "a, b; c: d@e.example>",
    "(comment) \\ \" ' @",
    "x" * 10_000,
    "👩🏽‍❤️‍👩🏻" * 500,
    "é" * 300 + " " + "漢" * 300,
    "\ud800\udfff",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("where", ["subject", "to", "sender"])
def test_no_text_can_add_or_change_a_header(where: str, text: str) -> None:
    """Holds sec_F8."""
    mailboxes = {"to": ZOE.address, "sender": CLINIC.address}
    value = Mailbox(text, mailboxes[where]) if where in mailboxes else text
    made = build(a_letter(**{where: value}))
    message = read(made)
    assert message.keys() == PLAIN_HEADERS
    assert message_from_bytes(made).keys() == PLAIN_HEADERS  # the older reader agrees
    assert [a.addr_spec for a in message["To"].addresses] == [ZOE.address]
    assert [a.addr_spec for a in message["From"].addresses] == [CLINIC.address]
    assert max(map(len, made.split(b"\r\n"))) <= 998


@settings(max_examples=150)
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_subject_name_and_body_arrive_as_meant(text: str) -> None:
    made = build(
        a_letter(subject=text, to=Mailbox(text, ZOE.address), text=text, thread="<a@b.example>")
    )
    message = read(made)
    thread = ["In-Reply-To", "References"]
    assert message.keys() == [*PLAIN_HEADERS[:5], *thread, *PLAIN_HEADERS[5:]]
    assert message["Subject"] == header(text)
    # Read the older way: 3.11's newer one puts a blank between two encoded words of a name.
    name, address = parseaddr(message_from_bytes(made)["To"])
    said = str(make_header(decode_header(name)))
    assert (said, address) == (header(text, limit=100), ZOE.address)
    assert made.isascii()
    assert b"\n" not in made.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "address", ["a@x.example, evil@y.example", "a@x.example\r\nBcc: e@e.example", "zoë@x.example"]
)
def test_a_message_has_exactly_one_plain_recipient(address: str) -> None:
    """Holds sec_F8."""
    with pytest.raises(UnmailableAddress):
        build(a_letter(to=Mailbox("Zoë", address)))


def test_an_international_domain_is_written_in_its_ascii_form() -> None:
    made = build(a_letter(to=Mailbox("Jörg", "jorg@exämple.example")))
    assert b"<jorg@xn--exmple-cua.example>" in made


@pytest.mark.parametrize("bad", ["no brackets@x", "<a b@x.example>", "<a@x.example>\r\nBcc: e@e"])
@pytest.mark.parametrize("field", ["message_id", "thread"])
def test_an_id_that_could_carry_anything_else_is_refused(field: str, bad: str) -> None:
    with pytest.raises(UnsafeMessage):
        build(a_letter(**{field: bad}))


def test_a_calendar_without_a_known_method_is_refused() -> None:
    with pytest.raises(UnsafeMessage):
        build(a_letter(calendar=calendar_bytes(an_invite()), method="PUBLISH"))


def test_line_ends_inside_every_part_are_crlf() -> None:
    made = build(a_letter(text="one\ntwo\n\nthree\n", html="<p>one</p>\n<p>two</p>\n"))
    for part in list(BytesParser(policy=SMTP).parsebytes(made).walk())[1:]:
        content = part.get_payload(decode=True)
        assert b"\n" not in content.replace(b"\r\n", b"")
