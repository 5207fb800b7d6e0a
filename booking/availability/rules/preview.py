"""What patients will see, day by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from booking.availability.rules.offering import Offer


@dataclass(frozen=True)
class PreviewDay:
    """A local date with the offers on it, soonest first."""

    day: date
    offers: tuple[Offer, ...]

    @property
    def runs(self) -> list[tuple[Offer, Offer]]:
        """The first and the last of each run of starts that follow each other on the grid."""
        found: list[tuple[Offer, Offer]] = []
        for offer in self.offers:
            step = offer.candidate.policy.grid_minutes
            if found and offer.start - found[-1][1].start <= step:
                found[-1] = (found[-1][0], offer)
            else:
                found.append((offer, offer))
        return found


def preview_days(offers: Iterable[Offer], first: date, days: int) -> list[PreviewDay]:
    """`days` dates from `first` on, each with its offers, also those without any."""
    by_day: dict[date, list[Offer]] = {first + timedelta(days=n): [] for n in range(days)}
    for offer in offers:
        if (day := offer.local_date) in by_day:
            by_day[day].append(offer)
    return [PreviewDay(day, tuple(found)) for day, found in by_day.items()]
