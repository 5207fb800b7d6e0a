"""What a form looks like from reception's desk: section by section, and what can be asked back."""

from dataclasses import dataclass

from booking.intake.rules.answers import Answers, State
from booking.intake.rules.progress import asked
from booking.intake.rules.questionnaire import Item, Questionnaire, questions
from booking.intake.rules.visibility import Level, shown


@dataclass(frozen=True)
class Section:
    """One section as reception sees it.

    `kept` sections are the practitioner's: nothing of them is shown but whether anything needed
    is missing. `to_talk` counts answers she would rather give in person.
    """

    item: Item
    level: Level
    kept: bool
    complete: bool
    to_talk: int

    def shows(self, question: Item) -> bool:
        """Whether reception sees that question of it."""
        return not self.kept and shown(self.level, question)


def sections(
    questionnaire: Questionnaire, counted: Answers, seen: Answers, *, level: Level
) -> list[Section]:
    """Every section of the form. `counted` are all answers that count, `seen` reception's."""
    return [_section(item, counted, seen, level) for item in questionnaire.sections]


def can_be_asked(questionnaire: Questionnaire, counted: Answers, *, level: Level) -> list[Item]:
    """Questions she was put that reception may ask about, those without an answer first."""
    put = [
        item
        for section in questionnaire.sections
        for page in section.items
        for item in asked(page, counted)
        if item in page.items and not item.tick and shown(level, item)
    ]
    return sorted(put, key=lambda item: item.link_id in counted)


def _section(item: Item, counted: Answers, seen: Answers, level: Level) -> Section:
    put = [question for page in item.items for question in asked(page, counted)]
    kept = not any(shown(level, question) for question in questions(item))
    missing = any(each.required and each.link_id not in counted for each in put)
    visible = [each for each in put if each.link_id in seen]
    return Section(
        item=item,
        level=level,
        kept=kept,
        complete=not missing,
        to_talk=sum(seen[each.link_id].state is State.TALK for each in visible),
    )
