"""Who has opened her answers, for the patient: their part here, when last, how often."""

from collections import Counter
from dataclasses import dataclass

from booking.intake.models import IntakeForm
from booking.intake.queries.review import openings_of
from booking.intake.views.words import _, n_, on_day


@dataclass(frozen=True)
class Opened:
    """One person who opened them."""

    who: str
    last: str
    times: str


def who_opened(form: IntakeForm, *, zone: str) -> list[Opened]:
    """Everybody on the staff who opened these answers, the latest first."""
    openings = openings_of(form)
    by_person = {(each.user_id, each.view): each for each in openings}
    counts = Counter((each.user_id, each.view) for each in openings)
    parts = {
        "reception": _("reception"),
        "practitioner": _("practitioner"),
        "emergency": _("owner, in an emergency"),
    }
    latest = sorted(by_person.items(), key=lambda item: item[1].at, reverse=True)
    return [
        Opened(
            who=f"{each.name}, {parts.get(each.view, each.view)}",
            last=on_day(each.at, zone),
            times=n_("%(num)s time", "%(num)s times", counts[key]),
        )
        for key, each in latest
    ]
