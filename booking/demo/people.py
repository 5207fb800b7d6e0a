"""The demo's patients: made-up names, addresses at example.org, reserved phone numbers."""

from importlib.resources import files
from random import Random
from typing import NamedTuple

from booking.patients.rules import folded

PHONES = range(100, 1000)  # 07700 900000 to 900999 belong to nobody (Ofcom, numbers for drama use)
NOTES = (
    "Please ring after 5pm only.",
    "Texts are fine, but no voicemail please.",
    "My sister shares this mailbox. Please keep messages short.",
)


class MadeUp(NamedTuple):
    """Someone who does not exist; `channels` are words of patients.models.Channel."""

    name: str
    email: str
    phone: str
    channels: tuple[str, ...]
    note: str


def made_up_people(count: int, *, dice: Random) -> list[MadeUp]:
    """Return `count` different people, the same ones for the same dice."""
    names = files("booking.demo").joinpath("names.txt").read_text().splitlines()
    known = [name.split() for name in names]
    mixed = [f"{first} {last}" for first, _ in known for _, last in known]
    dice.shuffle(mixed)
    names += [name for name in mixed if name not in names]
    phones = dice.sample(PHONES, count)
    return [_person(names[nth], phones[nth], dice) for nth in range(count)]


def _person(name: str, number: int, dice: Random) -> MadeUp:
    channels = ["email"] if number % 17 else ["phone"]  # a few e-mail must not reach
    channels += ["text"] if dice.random() < 0.7 else []
    channels += ["phone"] if dice.random() < 0.4 and "phone" not in channels else []
    return MadeUp(
        name=name,
        email=f"{folded(name).replace(' ', '.')}@example.org",
        phone=f"+447700900{number}",
        channels=tuple(channels),
        note=dice.choice(NOTES) if dice.random() < 0.06 else "",
    )
