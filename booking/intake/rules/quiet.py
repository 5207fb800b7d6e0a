"""The questions once something has changed for her: no weeks are counted, nothing is pressed for.

Which they are, the questionnaire says. What was answered before stays stored.
"""

from dataclasses import replace

from booking.intake.rules.questionnaire import Item, Questionnaire, walk


def quietly(asked: Questionnaire) -> Questionnaire:
    """The questions without those that count weeks.

    A section with an introduction of its own for it needs no answer any more.
    """
    kept = asked.without({item.link_id for item in walk(asked.items) if item.counts_weeks})
    return replace(kept, items=tuple(_quiet(item) for item in kept.items))


def _quiet(section: Item) -> Item:
    if not section.quiet_intro:
        return section
    return replace(_optional(section), intro=section.quiet_intro)


def _optional(item: Item) -> Item:
    return replace(item, required=False, items=tuple(_optional(child) for child in item.items))
