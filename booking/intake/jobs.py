"""What the worker does for forms: ask the rules again when a release brings others."""

from datetime import datetime

from booking.core.db import db, transaction
from booking.intake.actions import flags
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
