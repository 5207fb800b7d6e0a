"""Settings: one frozen dataclass, read once from `BOOKING_*` variables or a file of them."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from booking.core import environment
from booking.core.errors import UnsafeSettings

IDLE_MINUTES = frozenset(range(5, 61))  # a sign-in may be left alone as long as one of these
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """How mail leaves: `security` is `starttls`, `tls` or (loopback only) `none`.

    `most_per_minute` is what the relay takes from all workers together; 0 is no limit.
    """

    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    ca_file: Path | None = None
    timeout_seconds: float = 20.0
    most_per_minute: int = 0


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """Where calendars kept elsewhere may be asked: public https addresses, and these besides.

    `allowed` names hosts as `host:port`, which may then be private; `ca_file` holds certificate
    authorities to trust beside the system's.
    """

    allowed: tuple[str, ...] = ()
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class AnswersBox:
    """The mailbox that answers to the clinic's messages arrive in: a Maildir, or IMAP over TLS."""

    maildir: Path | None = None
    host: str = ""
    port: int = 993
    user: str = ""
    password: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Retention:
    """After how many days what is over goes by itself; 0 leaves it. Treated people's have years.

    `never_seen`: a record without a visit that took place, since it was last used. `sign_ins`:
    sessions, one-time links and counters of wrong tries, after they are over. `messages`:
    what refused messages said, and the list of messages of no visit. `form_keys`: what makes a
    second press find the first one's result. `stopped_accounts`: how a stopped member of staff
    signed in; her name stays, because the audit and the diary name her.
    """

    never_seen: int = 365
    sign_ins: int = 30
    messages: int = 90
    form_keys: int = 30
    stopped_accounts: int = 365


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the process is told from outside.

    `instance` holds the database, keys and demo files unless named elsewhere. `mode` is
    `production`, `demo` or `test`; only production refuses unsafe values.
    """

    mode: str
    instance: Path
    database_url: str
    secret_key: str
    secret_key_fallbacks: tuple[str, ...] = ()
    key_ring: Path
    base_url: str
    trusted_hosts: tuple[str, ...]
    mail: MailSettings = MailSettings()
    mail_from: str = "appointments@clinic.example"
    proxy_hops: int = 0
    outbound: Outbound = Outbound()
    answers: AnswersBox = AnswersBox()
    security_contact: str = ""  # mailto: or https:, shown in /.well-known/security.txt
    data_protection_contact: str = ""  # an address that is told of emergency openings
    staff_idle_minutes: int = 15  # how long a sign-in may be left alone
    patient_idle_minutes: int = 30
    openings_alarm: int = (
        60  # so many patients' records opened in an hour are told; 0 tells nothing
    )
    records_kept_years: int = 8  # after the last visit that took place
    retention: Retention = Retention()
    backup_alarm_hours: int = 26  # an older backup is told in the log; 0 tells nothing
    pg_bin: Path | None = None  # where pg_dump and pg_restore are, if not on the path
    clock_shift_seconds: int = 0  # for rehearsals: every process then agrees on another time

    @property
    def restoring(self) -> Path:
        """The mark of a restore that has not come to its end: nothing serves while it is there."""
        return self.instance / "restoring"

    @property
    def draining(self) -> Path:
        """The mark that this host is about to stop: not ready any more, though it still answers."""
        return self.instance / "draining"

    @property
    def last_backup(self) -> Path:
        """When this host last made a backup, as an ISO instant."""
        return self.instance / "last-backup"

    @property
    def tombstones(self) -> Path:
        """The list of erased patients: outside the database, so that no restore brings one back."""
        return self.instance / "tombstones.jsonl"

    @property
    def audit_anchors(self) -> Path:
        """The file of the audit's anchors: outside the database, to be copied off this host."""
        return self.instance / "audit-anchors.jsonl"

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `BOOKING_*` from `env`; `BOOKING_SETTINGS` may name a file of KEY=value lines.

        Raises UnsafeSettings for a value that cannot be read, never showing it.
        """
        env = {**environment.lines(env), **env}
        mode = env.get("BOOKING_MODE", "production")
        instance = Path(env.get("BOOKING_INSTANCE", "instance")).absolute()
        return cls(
            mode=mode,
            instance=instance,
            database_url=env.get(
                "BOOKING_DATABASE_URL", f"sqlite:///{instance / 'stillpoint.db'}"
            ).replace("postgresql://", "postgresql+psycopg://", 1),
            secret_key=_secret(env, instance),
            secret_key_fallbacks=environment.words(env, "BOOKING_SECRET_KEY_FALLBACKS"),
            key_ring=Path(env.get("BOOKING_KEY_RING", instance / "keys.json")),
            base_url=env.get("BOOKING_BASE_URL", "").rstrip("/"),
            trusted_hosts=environment.words(env, "BOOKING_TRUSTED_HOSTS"),
            mail=_mail(env),
            mail_from=env.get("BOOKING_MAIL_FROM", ""),
            proxy_hops=environment.number(env, "BOOKING_PROXY_HOPS", 0),
            answers=AnswersBox(
                maildir=environment.path(env, "BOOKING_ANSWERS_MAILDIR"),
                host=env.get("BOOKING_ANSWERS_IMAP_HOST", ""),
                port=environment.number(env, "BOOKING_ANSWERS_IMAP_PORT", 993),
                user=env.get("BOOKING_ANSWERS_IMAP_USER", ""),
                password=env.get("BOOKING_ANSWERS_IMAP_PASSWORD", ""),
                ca_file=environment.path(env, "BOOKING_ANSWERS_IMAP_CA_FILE"),
            ),
            outbound=Outbound(
                allowed=environment.words(env, "BOOKING_OUTBOUND_ALLOW"),
                ca_file=environment.path(env, "BOOKING_OUTBOUND_CA_FILE"),
            ),
            security_contact=env.get("BOOKING_SECURITY_CONTACT", ""),
            data_protection_contact=env.get("BOOKING_DATA_PROTECTION_CONTACT", ""),
            staff_idle_minutes=environment.number(env, "BOOKING_STAFF_IDLE_MINUTES", 15),
            patient_idle_minutes=environment.number(env, "BOOKING_PATIENT_IDLE_MINUTES", 30),
            openings_alarm=environment.number(env, "BOOKING_OPENINGS_ALARM", 60),
            records_kept_years=environment.number(env, "BOOKING_RECORDS_KEPT_YEARS", 8),
            retention=Retention(
                never_seen=environment.number(env, "BOOKING_NEVER_SEEN_KEPT_DAYS", 365),
                sign_ins=environment.number(env, "BOOKING_SIGN_INS_KEPT_DAYS", 30),
                messages=environment.number(env, "BOOKING_MESSAGES_KEPT_DAYS", 90),
                form_keys=environment.number(env, "BOOKING_FORM_KEYS_KEPT_DAYS", 30),
                stopped_accounts=environment.number(env, "BOOKING_STOPPED_ACCOUNTS_KEPT_DAYS", 365),
            ),
            backup_alarm_hours=environment.number(env, "BOOKING_BACKUP_ALARM_HOURS", 26),
            pg_bin=Path(env["BOOKING_PG_BIN"]) if env.get("BOOKING_PG_BIN") else None,
            clock_shift_seconds=environment.number(env, "BOOKING_CLOCK_SHIFT_SECONDS", 0),
        )

    def refuse_unsafe(self) -> None:
        """Raise UnsafeSettings with one line for each thing that must be mended first."""
        if self.mode not in {"production", "demo", "test"}:
            raise UnsafeSettings("BOOKING_MODE must be production, demo or test")
        if self.mode != "production":
            return
        wrong = [text for bad, text in self._dangers() if bad]
        if wrong:
            raise UnsafeSettings("Refusing to start:\n- " + "\n- ".join(wrong))

    def _dangers(self) -> list[tuple[bool, str]]:
        return [
            (len(self.secret_key) < 32, "BOOKING_SECRET_KEY is missing or shorter than 32"),
            (not self.https, "BOOKING_BASE_URL must be the https address of the site"),
            (
                self.security_contact != ""
                and not self.security_contact.startswith(("mailto:", "https://")),
                "BOOKING_SECURITY_CONTACT must begin with mailto: or https://",
            ),
            (
                not {self.staff_idle_minutes, self.patient_idle_minutes} <= IDLE_MINUTES,
                "BOOKING_STAFF_IDLE_MINUTES and BOOKING_PATIENT_IDLE_MINUTES must be from 5 to 60",
            ),
            (not self.trusted_hosts, "BOOKING_TRUSTED_HOSTS must name the host or hosts"),
            ("@" not in self.mail_from, "BOOKING_MAIL_FROM must be the clinic's sender address"),
            (not self.mail.host, "BOOKING_SMTP_HOST must name the mail server"),
            (
                self.mail.security == "none",
                "BOOKING_SMTP_SECURITY must be starttls or tls, never none",
            ),
            (
                self.clock_shift_seconds != 0,
                "BOOKING_CLOCK_SHIFT_SECONDS is for rehearsals only",
            ),
            (os.environ.get("FLASK_DEBUG", "") in TRUE, "FLASK_DEBUG must be off"),
            (
                not self.key_ring.exists(),
                "the key ring is missing (`flask --app wsgi init` makes it)",
            ),
            (
                _open_to_others(self.instance / "secret_key"),
                "the secret key file is readable by others (chmod 600)",
            ),
            (_open_to_others(self.key_ring), "the key ring file is readable by others (chmod 400)"),
            (
                _open_to_others(self.database_file),
                "the database file is readable by others (chmod 600)",
            ),
        ]

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, or None where the database is a server."""
        prefix = "sqlite:///"
        return (
            Path(self.database_url.removeprefix(prefix))
            if self.database_url.startswith(prefix)
            else None
        )


def _secret(env: Mapping[str, str], instance: Path) -> str:
    if "BOOKING_SECRET_KEY" in env:
        return env["BOOKING_SECRET_KEY"]
    kept = instance / "secret_key"
    return kept.read_text().strip() if kept.exists() else ""


def _mail(env: Mapping[str, str]) -> MailSettings:
    security = env.get("BOOKING_SMTP_SECURITY", "starttls")
    if security not in {"starttls", "tls", "none"}:
        raise UnsafeSettings("BOOKING_SMTP_SECURITY must be starttls, tls or none")
    return MailSettings(
        host=env.get("BOOKING_SMTP_HOST", ""),
        port=environment.number(env, "BOOKING_SMTP_PORT", 465 if security == "tls" else 587),
        security=security,
        user=env.get("BOOKING_SMTP_USER", ""),
        password=env.get("BOOKING_SMTP_PASSWORD", ""),
        ca_file=environment.path(env, "BOOKING_SMTP_CA_FILE"),
        most_per_minute=environment.number(env, "BOOKING_SMTP_MOST_PER_MINUTE", 0),
    )


def _open_to_others(file: Path | None) -> bool:
    return bool(
        file and file.exists() and stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXO | stat.S_IRWXG)
    )
