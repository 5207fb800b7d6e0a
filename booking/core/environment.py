"""How settings are written down: variables, and a file of lines `NAME=value`."""

from collections.abc import Mapping
from pathlib import Path

from booking.core.errors import UnsafeSettings


def lines(env: Mapping[str, str]) -> dict[str, str]:
    """Return what the file that `BOOKING_SETTINGS` names says; nothing where none is named."""
    if not (name := env.get("BOOKING_SETTINGS")):
        return {}
    found = (line.strip() for line in Path(name).read_text().splitlines())
    pairs = (line.partition("=") for line in found if line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}


def words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the words of a variable, which commas or blanks part."""
    return tuple(word for word in env.get(name, "").replace(",", " ").split() if word)


def number(env: Mapping[str, str], name: str, default: int) -> int:
    """Return a variable as a whole number. Raises UnsafeSettings for anything else."""
    text = env.get(name, "")
    if text and not text.isdecimal():
        raise UnsafeSettings(f"{name} must be a whole number")
    return int(text) if text else default


def path(env: Mapping[str, str], name: str) -> Path | None:
    """Return the file a variable names, if it names one."""
    return Path(env[name]) if env.get(name) else None
