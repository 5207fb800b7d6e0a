"""Medicines listed before an earlier visit, and how each is now."""

from collections.abc import Sequence

from booking.intake.rules.answers import NOT_SURE, Answer, Answers, State

STILL, STOPPED, CHANGED = "still", "stopped", "changed"
NOW = "med_now"


def rechecked(rows: Sequence[Answers], states: Sequence[str]) -> tuple[Answers, ...]:
    """The rows with what was said of each: still taken, stopped, changed, not sure, or nothing.

    One said to be stopped has no day of that yet, which counts as lately.
    """
    return tuple(_row(row, state) for row, state in zip(rows, states, strict=True))


def is_stopped(row: Answers) -> bool:
    """Tell whether a medicine is said not to be taken any more."""
    still = row.get("med_still")
    return still is not None and "no" in still.tokens


def _row(row: Answers, state: str) -> Answers:
    if not state:
        return row
    if state == STOPPED and is_stopped(row):  # and the day on which it was stays known
        return {**row, NOW: Answer(codes=(state,))}
    left = {key: each for key, each in row.items() if key not in {NOW, "med_still", "med_stopped"}}
    if state == State.NOT_SURE:
        return {**left, NOW: NOT_SURE, "med_still": NOT_SURE}
    still = "no" if state == STOPPED else "yes"
    return {**left, NOW: Answer(codes=(state,)), "med_still": Answer(codes=(still,))}
