"""How rooms and people become something that can be taken; a feature above this one knows."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NewResource:
    """How a room or a practitioner becomes something that can be taken; each returns its id."""

    room: Callable[[], int]
    practitioner: Callable[[], int]
