"""Setting up a real clinic: keys, database, what its file says, and a link for the first owner."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from flask import Flask, current_app, url_for
from flask_migrate import upgrade

from booking.access.policy import Actor, Role
from booking.accounts import actions as accounts
from booking.accounts import queries as account_queries
from booking.accounts.emails import Letter
from booking.availability import actions as availability
from booking.clinic import actions as clinic
from booking.clinic import queries
from booking.clinic.models import Organisation
from booking.clinic.rules import ClinicPlan, MistakesInFile, read
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.core.sealed import keys_fit, new_ring
from booking.core.settings import Settings

Assemble = Callable[[Settings | None], Flask]
Say = Callable[[str], None]


class CannotSetUp(Exception):
    """Nothing was loaded; the text says what to do."""


def set_up(settings: Settings, file: Path | None, *, assemble: Assemble, say: Say) -> None:
    """Make what is missing, load `file` as a whole or not at all, and print the owner's link.

    What is there already is never written over. Raises CannotSetUp.
    """
    plan = _plan(file)  # a mistake in it is found before anything is made
    _make_keys(settings, say)
    _make_database_file(settings)
    app = assemble(None)
    address = settings.base_url or "http://localhost"
    with app.test_request_context(base_url=address):
        try:
            upgrade()
            if not keys_fit():
                raise CannotSetUp("The key ring does not fit this database. Nothing was changed.")
            say("The database is ready.")
            if plan is not None:
                _load(plan, settings, say)
            _owner(settings, say)
        finally:
            db.session.remove()
            db.engine.dispose()


def _plan(file: Path | None) -> ClinicPlan | None:
    if file is None:
        return None
    try:
        return read(file.read_text(encoding="utf-8"))
    except MistakesInFile as mistakes:
        lines = "\n".join(f"  {line}" for line in mistakes.lines)
        raise CannotSetUp(f"Nothing was made. In {file.name}:\n{lines}") from mistakes
    except (OSError, UnicodeDecodeError) as problem:
        raise CannotSetUp(f"{file.name} cannot be read as UTF-8 text.") from problem


def _make_keys(settings: Settings, say: Say) -> None:
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = settings.database_file
    if not settings.key_ring.exists():
        if database is not None and database.exists() and database.stat().st_size:
            raise CannotSetUp(
                f"There is a database but no key ring at {settings.key_ring}. Without the ring it "
                "was made with, what patients told cannot be read. Please bring it back first."
            )
        new_ring(settings.key_ring)
        say(f"Made the key ring {settings.key_ring}. Keep a copy apart from the database.")
    if not settings.secret_key:
        file = settings.instance / "secret_key"
        _write_private(file, secrets.token_urlsafe(48))
        say(f"Made the secret key {file}.")


def _make_database_file(settings: Settings) -> None:
    """Make an empty file that others cannot read before SQLite would make one that they can."""
    file = settings.database_file
    if file is not None and not file.exists():
        _write_private(file, "")


def _write_private(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)


def _load(plan: ClinicPlan, settings: Settings, say: Say) -> None:
    with transaction():
        if session().get(Organisation, 1) is not None:
            raise CannotSetUp("This database already holds a clinic. Nothing was changed.")
        clinic.load(plan, new_resource=current_app.extensions["clinic.new_resource"])
        availability.load_hours(plan, now=clock.now())
        invited = _invite(plan, settings) if settings.base_url else 0
    counts = (
        (plan.locations, "location"),
        (plan.services, "service"),
        (plan.practitioners, "practitioner"),
    )
    told = ", ".join(f"{len(rows)} {word}{'s' if len(rows) > 1 else ''}" for rows, word in counts)
    say(f"Loaded {plan.organisation['name']}: {told}.")
    if invited:
        say(f"Invitations that wait for the worker (flask --app wsgi worker): {invited}.")
    elif plan.people or any(who.email for who in plan.practitioners):
        say("BOOKING_BASE_URL is not set, so nobody was invited; the owner can do that.")


def _invite(plan: ClinicPlan, settings: Settings) -> int:
    """Invite practitioners and staff, all with one address each; return how many."""
    frame = current_app.extensions["accounts"].mail_frame()
    ids = {row.name: row.id for row in queries.practitioners()}
    people = [
        accounts.Invited(
            name=who.name,
            email=who.email,
            roles=frozenset({Role.PRACTITIONER}),
            practitioner_id=ids[who.name],
        )
        for who in plan.practitioners
        if who.email
    ]
    people += [
        accounts.Invited(
            name=who.name, email=who.email, roles=frozenset(Role(word) for word in who.roles)
        )
        for who in plan.people
    ]

    def letter(token: str) -> Letter:
        path = url_for("accounts.welcome", token=token)
        return Letter(link=f"{settings.base_url}{path}", frame=frame)

    for invited in people:
        accounts.invite(Actor(), invited, letters=letter, now=clock.now())
    return len(people)


def _owner(settings: Settings, say: Say) -> None:
    with transaction():
        described = session().get(Organisation, 1) is not None
        if account_queries.an_owner_exists():
            say("The clinic has an owner already. Nothing else to do.")
            return
        token = accounts.create_owner_link(now=clock.now())
    path = url_for("accounts.welcome", token=token)
    say("The first owner sets herself up here, once, within seven days:")
    say(f"  {settings.base_url or 'https://(the address of the site)'}{path}")
    if not described:
        say("Then the clinic is described in the browser, step by step. Or describe it in a file,")
        say("as docs/clinic.example.toml shows, and run this again with --clinic FILE.")
