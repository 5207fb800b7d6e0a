"""Messages as calendars and mail servers send them back."""

from email.message import EmailMessage
from email.policy import SMTP

HERS = "amara@example.org"


def a_reply(
    uid: str,
    *,
    method: str = "REPLY",
    partstat: str = "ACCEPTED",
    sequence: int | None = 0,
    attendee: str = HERS,
    more: str = "",
) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x//y//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20270702T120000Z",
        "DTSTART:20300101T030000Z",
        "DTEND:20300101T040000Z",
        *([] if sequence is None else [f"SEQUENCE:{sequence}"]),
        "SUMMARY:canary another title",
        f"ATTENDEE;PARTSTAT={partstat};CN=x:mailto:{attendee}",
        *more.splitlines(),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def a_message(
    calendar: str | None,
    *,
    sender: str = f"Amara Osei <{HERS}>",
    subtype: str = "calendar",
    method: str | None = "REPLY",
    cte: str = "base64",
) -> bytes:
    """A message from her with a calendar part, as most programs send it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, "visits@canalstreet.example"
    message["Subject"] = "Accepted: Appointment"
    message["Message-ID"] = "<x@mail.example>"
    message.set_content("Amara has accepted.")
    if calendar is not None:
        params = {"charset": "utf-8"} | ({"method": method} if method else {})
        main = "text" if subtype == "calendar" else "application"
        message.add_attachment(
            calendar.encode(), maintype=main, subtype=subtype, cte=cte, params=params
        )
    return message.as_bytes()


def a_bounce(message_id: str, *, action: str = "failed", headers_only: bool = False) -> bytes:
    """A report of delivery about a message with that id (RFC 3464)."""
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return (
        "From: Mail Delivery System <MAILER-DAEMON@relay.example>\r\n"
        "To: visits@canalstreet.example\r\nSubject: Undelivered\r\nAuto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {HERS}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\nFrom: visits@canalstreet.example\r\n"
        f"Subject: Appointment\r\nMessage-ID: {message_id}\r\n\r\nbody\r\n--b--\r\n"
    ).encode()
