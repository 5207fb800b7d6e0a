"""What may be erased, and when. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

YEAR = timedelta(days=365.25)


@dataclass(frozen=True, kw_only=True)
class VisitPast:
    """What a visit says about keeping: when it ends, whether it is still to come or took place."""

    ends_at: datetime
    to_come: bool
    took_place: bool


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Why a record cannot be erased today: a visit to come, or records kept until `until`."""

    visit_to_come: bool
    until: datetime | None

    @property
    def erasable(self) -> bool:
        """Whether nothing stands against it."""
        return not self.visit_to_come and self.until is None


def keeping(visits: Iterable[VisitPast], *, years: int, now: datetime) -> Keeping:
    """Tell what stands against erasing a record with these visits.

    Where somebody was treated, the clinic keeps the record for `years` after the last visit that
    took place, because its profession or its insurer asks for that.
    """
    known = list(visits)
    treated = [each.ends_at for each in known if each.took_place]
    until = max(treated) + years * YEAR if treated else None
    return Keeping(
        visit_to_come=any(each.to_come for each in known),
        until=until if until is not None and until > now else None,
    )
