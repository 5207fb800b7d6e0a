"""Running the demo: everything in one process on this machine, until Ctrl-C."""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from flask import Flask, url_for
from flask_migrate import upgrade
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from booking.access.policy import Role
from booking.accounts import actions as accounts
from booking.accounts.models import User
from booking.core import assets, clock
from booking.core.db import db, session, transaction
from booking.core.settings import Settings
from booking.demo import seed
from booking.demo.diary import ZONE
from booking.demo.folder import CannotRun, Folder
from booking.demo.mailbox import Receiver
from booking.mail import jobs

Assemble = Callable[[Settings], Flask]
Say = Callable[[str], None]
ROLE_WORDS = {Role.OWNER: "Owner", Role.RECEPTION: "Reception", Role.PRACTITIONER: "Practitioner"}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command was told; `now` is an aware instant, port 0 takes any free one."""

    port: int
    data: Path
    reset: bool
    now: datetime | None


class QuietRequests(WSGIRequestHandler):
    """Addresses hold tokens; so requests are not logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def run(options: Options, *, assemble: Assemble, say: Say) -> None:
    """Prepare what is missing, then serve and deliver until interrupted. Raises CannotRun."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run(options, assemble, say)
    except KeyboardInterrupt:
        pass  # while preparing; a serving werkzeug returns by itself
    finally:
        signal.signal(signal.SIGTERM, before)
    say("The demo has stopped.")


def _run(options: Options, assemble: Assemble, say: Say) -> None:
    if options.now is not None:
        clock.travel(options.now)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    folder = Folder(options.data.absolute())
    with folder.taken(), _listening(options.port) as listener:
        folder.prepare(anew=options.reset)
        with Receiver(folder.mail) as receiver:
            port = listener.getsockname()[1]
            app = assemble(folder.settings(port=port, smtp_port=receiver.port))
            _fill(app, folder, say)
            server = make_server(
                "127.0.0.1",
                port,
                app,
                threaded=True,
                request_handler=QuietRequests,
                fd=listener.fileno(),
            )
            say(_welcome(app, folder))
            _serve(app, server)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as taken:
            raise CannotRun(f"Port {port} is taken. Please choose another: --port") from taken
        listener.listen(128)
        yield listener


def _fill(app: Flask, folder: Folder, say: Say) -> None:
    settings: Settings = app.extensions["settings"]
    say(assets.prepare(Path(app.static_folder or "static")))
    with app.app_context():
        upgrade()
        if folder.made_for is None:
            say("Making a clinic with four weeks of visits …")
            with transaction():
                today = seed.fill(now=clock.now(), base_url=settings.base_url)
            say("Mailing the visits that are coming …")
            # Before anybody comes, so that nobody's own message waits behind two hundred others.
            jobs.deliver_due(app.extensions["post"], threading.Event())
            folder.complete(today)
        db.session.remove()


def _welcome(app: Flask, folder: Folder) -> str:
    settings: Settings = app.extensions["settings"]
    with app.test_request_context(base_url=settings.base_url):
        links = _sign_in_links(settings)
        lines = [
            "",
            f"The demo is at {settings.base_url}",
            "",
            f"  {'As a patient':<28}{settings.base_url}/",
            f"  {'Mail it has sent':<28}{settings.base_url}{url_for('demo.messages')}",
            *(f"  {who:<28}{link}" for who, link in links),
            "",
            f"It is {clock.now().astimezone(ZONE):%A %d %B %Y, %H:%M} there.",
            f"Files are in {folder.path}. Each sign-in link works once. Ctrl-C stops.",
        ]
        db.session.remove()
    if folder.made_for != clock.today(ZONE):
        lines.append(f"Its visits were made around {folder.made_for}; --reset makes new ones.")
    return "\n".join(lines)


def _sign_in_links(settings: Settings) -> list[tuple[str, str]]:
    order = list(ROLE_WORDS)
    found = []
    with transaction():
        staff = session().scalars(select(User).order_by(User.id)).all()
        for who in sorted(staff, key=lambda each: order.index(_role(each))):
            path = _sign_in_path(who, settings)
            found.append((f"{ROLE_WORDS[_role(who)]}, {who.name}", settings.base_url + path))
    return found


def _role(who: User) -> Role:
    return next(role for role in ROLE_WORDS if role in {row.role for row in who.roles})


def _sign_in_path(who: User, settings: Settings) -> str:
    token = accounts.create_demo_link(who.id, settings=settings, now=clock.now())
    return url_for("accounts_demo.demo_link", token=token)


def _serve(app: Flask, server: BaseWSGIServer) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=jobs.run_worker, args=(app, stop))
    try:
        worker.start()
        server.serve_forever()
    finally:
        stop.set()
        if worker.is_alive():
            worker.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
