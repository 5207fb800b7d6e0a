"""After a restore the owner lets mail out again, on a page, after a fresh code."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail import outbox
from booking.mail.models import Mail, MailState
from tests.conftest import Cast
from tests.mail.posts import a_draft


@pytest.fixture
def restored(app: Flask, cast: Cast) -> None:
    """A message waited in the copy, mail is held back, and a newer message came since."""
    now = clock.now()
    with app.app_context(), transaction():
        outbox.enqueue(a_draft(dedupe_key="old"), now=now)
        outbox.fence(now=now + timedelta(seconds=30))
        outbox.enqueue(a_draft(dedupe_key="new"), now=now + timedelta(minutes=1))


def states(app: Flask) -> dict[str, MailState]:
    with app.app_context():
        return {row.dedupe_key: row.state for row in session().scalars(select(Mail))}


@pytest.mark.both
@pytest.mark.parametrize(
    ("choice", "old"), [("stop", MailState.STOPPED), ("send", MailState.QUEUED)]
)
def test_the_owner_decides_about_what_waited(
    app: Flask, cast: Cast, restored: None, choice: str, old: MailState
) -> None:
    owner = cast["owner"]
    page = owner.get("/people").click("No mail leaves until you decide")
    assert "1 message waited in the copy" in page.text
    page = page.submit({"waiting": choice}, button="Let mail leave again")
    assert "Mail leaves again." in page.text
    assert states(app) == {"old": old, "new": MailState.QUEUED}
    with app.app_context():
        assert outbox.fenced_since() is None
        row = session().scalars(select(AuditRow).where(AuditRow.tag == "backup:mail-let-out")).one()
    assert row.actor.startswith("user:")
    assert "No mail leaves" not in owner.get("/people").text


def test_it_takes_a_choice_and_a_fresh_code(app: Flask, cast: Cast, restored: None) -> None:
    owner = cast["owner"]
    assert owner.get("/mail-held").submit(button="Let mail leave again").status == 422
    clock.travel(clock.now() + timedelta(minutes=11))
    page = owner.get("/mail-held").submit({"waiting": "send"}, button="Let mail leave again")
    assert "Once more, please" in page.text
    with app.app_context():
        assert outbox.fenced_since() is not None


def test_without_a_restore_there_is_nothing_to_decide(cast: Cast) -> None:
    page = cast["owner"].get("/mail-held")
    assert "There is nothing to decide." in page.text
    assert "No mail leaves" not in cast["owner"].get("/people").text


@pytest.mark.parametrize("who", ["reception", "mei"])
def test_nobody_else_decides(cast: Cast, restored: None, who: str) -> None:
    assert cast[who].get("/mail-held").status == 403
