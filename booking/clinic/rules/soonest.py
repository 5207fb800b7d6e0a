"""What other features tell the clinic's pages. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Soonest:
    """The next free time of a visit: aware UTC, with the IANA zone it is shown in."""

    service: UUID  # the public id of the kind of visit
    starts_at: datetime
    zone: str
    practitioner: str  # her name, and the place's outward name
    place: str
