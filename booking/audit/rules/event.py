"""What all events share: small and frozen, ids only; never names or answers."""

from dataclasses import asdict, dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """What all events share. `patient_id` says whose record it touches, if anybody's."""

    tag: ClassVar[str]
    patient_id: int | None = None

    def details(self) -> dict[str, object]:
        """Return the fields of this event but the patient, JSON values only."""
        return {key: value for key, value in asdict(self).items() if key != "patient_id"}
