"""What is different since the form before an earlier visit: answers, and medicines one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.questionnaire import Item, walk
from booking.intake.rules.recheck import CHANGED, NOW, is_stopped

MEDICINES = "med_list"


class Turn(StrEnum):
    """What became of a medicine."""

    STARTED = "started"
    STOPPED = "stopped"
    CHANGED = "changed"
    NO_LONGER_LISTED = "no-longer-listed"


@dataclass(frozen=True)
class Change:
    """One question whose answer differs; None where there was, or is, none."""

    question: str
    before: Answer | None
    after: Answer | None


@dataclass(frozen=True)
class MedicineChange:
    """One medicine that differs; `row` is as it is now, or was where it is gone."""

    turn: Turn
    row: Answers


def changed_answers(before: Answers, after: Answers, items: Sequence[Item]) -> list[Change]:
    """Answers that differ, in the order of the questions; medicines are told apart below.

    What is asked only before later visits counts as new when it says more than "no".
    """
    asked = [item for item in walk(items) if item.is_question and not item.tick]
    top = {key for key in (*before, *after) if key != MEDICINES}
    found = [
        Change(item.link_id, before.get(item.link_id), after.get(item.link_id))
        for item in asked
        if item.link_id in top and before.get(item.link_id) != after.get(item.link_id)
    ]
    return [change for change in found if not _says_nothing_new(change)]


def changed_medicines(before: Answers, after: Answers) -> list[MedicineChange]:
    """Medicines started, stopped, changed or no longer listed, matched by the name as typed.

    One taken again counts as started. Of several of one name the first is held against the first.
    """
    old, new = _by_name(before), _by_name(after)
    found = [MedicineChange(Turn.STARTED, row) for name, row in new.items() if name not in old]
    for name, row in new.items():
        if name in old and (turn := _turn(old[name], row)) is not None:
            found.append(MedicineChange(turn, row))
    gone = [row for name, row in old.items() if name not in new]
    return found + [MedicineChange(Turn.NO_LONGER_LISTED, row) for row in gone]


def _says_nothing_new(change: Change) -> bool:
    return change.before is None and change.after is not None and change.after.codes == ("no",)


def _by_name(answers: Answers) -> dict[tuple[str, int], Answers]:
    """The medicines by name, and by which of that name it is."""
    listed = answers.get(MEDICINES)
    found: dict[tuple[str, int], Answers] = {}
    for row in listed.rows if listed is not None else ():
        if "med_name" in row:
            name = row["med_name"].text.casefold().strip()
            found[name, sum(1 for known, _nth in found if known == name)] = row
    return found


def _turn(old: Answers, new: Answers) -> Turn | None:
    if is_stopped(new):
        return None if is_stopped(old) else Turn.STOPPED
    if is_stopped(old):
        return Turn.STARTED
    said = new.get(NOW)
    plain_new = {key: value for key, value in new.items() if key != NOW}
    plain_old = {key: value for key, value in old.items() if key != NOW}
    told = said is not None and CHANGED in said.codes
    confirmed = {**plain_old, "med_still": plain_new.get("med_still")}
    return Turn.CHANGED if told or (plain_new not in (plain_old, confirmed)) else None
