"""What the worker does for forms: ask the rules again, and look up birth dates not known yet."""

from datetime import datetime

from booking.core.db import db, transaction
from booking.intake.actions import flags, wishes
from booking.intake.queries import standing
from booking.intake.rules.ruleset import shipped

AT_ONCE = 50


def ask_rules_again(*, now: datetime, base_url: str) -> int:
    """Ask the rules again of sent forms that another version of them was asked of.

    Soonest visit first, each form in a transaction of its own; return how many say something new.
    Opening a form does the same, so nothing waits for this to be right.
    """
    due = standing.asked_of_others(shipped().version, now=now, at_most=AT_ONCE)
    db.session.rollback()
    changed = 0
    for form_id in due:
        with transaction():
            changed += flags.ask_again(form_id, link=f"{base_url}/forms", now=now)
    return changed


def look_up_births(*, now: datetime, base_url: str) -> int:
    """Let records be found by a birth date that was told before records were found by one.

    Return how many that were. A date that is not known to the day finds nobody, and is looked at
    again the next time.
    """
    found, after = 0, 0
    while due := standing.births_to_look_up(after=after, at_most=AT_ONCE):
        with transaction():
            found += wishes.keep_births(due)
        after = due[-1]
    db.session.rollback()
    return found
