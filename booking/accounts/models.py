"""Tables: staff, sessions, one-time links, passkeys, patients' own ways in, throttle."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.access.policy import Role
from booking.accounts.rules import LinkPurpose, SessionKind
from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class User(PublicId, Base):
    """A member of staff. Patients have no row here."""

    __tablename__ = "user"
    name: Mapped[str]
    email: Mapped[str]
    email_canonical: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]  # None until the first code from her telephone
    totp_last_step: Mapped[int] = mapped_column(default=0)  # a code works once
    credential_version: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]
    keys_on: Mapped[bool] = mapped_column(default=False)  # shortcuts on the keyboard
    created_at: Mapped[datetime]
    roles: Mapped[list["UserRole"]] = relationship(back_populates="user", lazy="selectin")

    totp_secret = SealedJson("totp_sealed")

    @property
    def owner_id(self) -> UUID:
        """Whose data key seals this row."""
        return self.public_id


class UserRole(Base):
    """One role of one member of staff."""

    __tablename__ = "user_role"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(
        Enum(Role, values_callable=_values, native_enum=False), primary_key=True
    )
    user: Mapped[User] = relationship(back_populates="roles")


class SignInSession(Base):
    """What stands behind a cookie: staff, a patient, or the holder of a visit's link.

    Exactly one of `user_id`, `person_id` (a patient resource) and `appointment_id` says for whom.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN user_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN person_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN appointment_id IS NULL THEN 0 ELSE 1 END = 1",
            name="for_one",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    second_factor_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]  # a patient showed more than her mailbox
    by_mail: Mapped[bool] = mapped_column(default=False)  # a visit's: its link had been mailed
    locked_at: Mapped[datetime | None]  # staff: nothing but unlocking until a code is given
    browser: Mapped[str | None]  # in words its owner knows it by
    wrong_codes: Mapped[int] = mapped_column(default=0)
    credential_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def proved_at(self) -> datetime:
        """When its person last showed that it is she: by a code, a mailed link or the desk."""
        told = (self.created_at, self.second_factor_at, self.confirmed_at)
        return max(each for each in told if each is not None)

    @property
    def kind(self) -> SessionKind:
        """What the session may reach, from whom it is for and how far the sign-in got."""
        if self.user_id is not None:
            return SessionKind.STAFF_FIRST if self.second_factor_at is None else SessionKind.STAFF
        return SessionKind.VISIT if self.person_id is None else SessionKind.PATIENT


class KnownBrowser(Base):
    """A browser a member of staff has signed in with, by the hash of its cookie."""

    __tablename__ = "known_browser"
    __table_args__ = (UniqueConstraint("user_id", "token_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]


class PatientBrowser(Base):
    """A browser a patient has signed in with by other than a mailed link, by its cookie's hash."""

    __tablename__ = "patient_browser"
    __table_args__ = (UniqueConstraint("person_id", "token_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]


class OneTimeLink(PublicId, Base):
    """A mailed or printed link: single use, for one purpose and one person, until `expires_at`."""

    __tablename__ = "one_time_link"
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(
        Enum(LinkPurpose, values_callable=_values, native_enum=False)
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    email: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    roles: Mapped[str] = mapped_column(default="")  # space-separated, fixed by the inviter
    credential_version: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that replaces the second factor once; only its hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]


class Passkey(PublicId, Base):
    """A passkey of a member of staff or of a patient: its public half.

    One that is removed stays, so that taking back a change of address brings it back too.
    """

    __tablename__ = "passkey"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (person_id IS NULL)", name="for_one"),)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]  # COSE
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)  # unsigned 32 bit
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """What a passkey is to sign: good once, for one purpose in one browser, until it expires."""

    __tablename__ = "passkey_challenge"
    challenge_hash: Mapped[bytes] = mapped_column(primary_key=True)
    bound_to: Mapped[bytes]
    expires_at: Mapped[datetime]


class PatientPassword(Base):
    """A patient's password, if she wants one; by her resource."""

    __tablename__ = "patient_password"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("resource.id"), primary_key=True, autoincrement=False
    )
    password_hash: Mapped[str]
    changed_at: Mapped[datetime]


class PatientRecoveryCode(Base):
    """A code that shows once that a patient is herself; only its hash is kept."""

    __tablename__ = "patient_recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]


class Throttle(Base):
    """Failures in a row for one bucket ("account:…", "network:…"), named by a keyed hash."""

    __tablename__ = "throttle"
    bucket: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
