"""The demo's folder: keys, database and mail, made when missing, and never anybody else's files."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import portalocker

from booking.core.sealed import new_ring
from booking.core.settings import MailSettings, Settings


class CannotRun(Exception):
    """The demo cannot start like this; the text says what to do."""


@dataclass(frozen=True)
class Folder:
    """Where a demo keeps its files. `demo.json` in it says that it is one."""

    path: Path

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    @property
    def marker(self) -> Path:
        return self.path / "demo.json"

    @property
    def made_for(self) -> date | None:
        """The clinic's day the demo was made on, or None before it is complete."""
        if not self.marker.exists():
            return None
        told = json.loads(self.marker.read_text())
        return date.fromisoformat(told["made_for"]) if told.get("made_for") else None

    def complete(self, made_for: date) -> None:
        """Note that everything is in place."""
        self.marker.write_text(json.dumps({"made_for": made_for.isoformat()}))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Keep a second demo away from the same files. Raises CannotRun if one runs already."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle, self.path)
            yield
        finally:
            os.close(handle)

    def prepare(self, *, anew: bool) -> None:
        """Make the folder and its keys; empty it first when asked to, or when left unfinished.

        Raises CannotRun where the folder holds anything that no demo made.
        """
        others = [file for file in self.path.iterdir() if file.name != "demo.lock"]
        if others and not self.marker.exists():
            raise CannotRun(f"{self.path} holds other files. Please name another folder: --data")
        if anew or self.made_for is None:
            for file in others:
                shutil.rmtree(file) if file.is_dir() else file.unlink()
        if not self.marker.exists():
            self.marker.write_text("{}")
        self.mail.mkdir(exist_ok=True)
        if not (self.path / "keys.json").exists():
            new_ring(self.path / "keys.json")
        if not (self.path / "secret_key").exists():
            _write_secret(self.path / "secret_key")

    def settings(self, *, port: int, smtp_port: int) -> Settings:
        """Return the demo's settings; nothing is read from the environment."""
        return Settings(
            mode="demo",
            instance=self.path,
            database_url=f"sqlite:///{self.path / 'stillpoint.db'}",
            secret_key=(self.path / "secret_key").read_text(),
            key_ring=self.path / "keys.json",
            base_url=f"http://localhost:{port}",
            trusted_hosts=("localhost", "127.0.0.1"),
            mail=MailSettings(host="127.0.0.1", port=smtp_port, security="none"),
            mail_from="visits@canalstreet.example",
        )


def _lock(handle: int, path: Path) -> None:
    try:
        portalocker.lock(
            handle, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
        )
    except portalocker.LockException as held:
        raise CannotRun(
            f"A demo already runs on {path}. Stop it first, or name another: --data"
        ) from held


def _write_secret(file: Path) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_urlsafe(48))
