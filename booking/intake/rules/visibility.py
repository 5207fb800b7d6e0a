"""Which answers a receptionist may see, by the clinic's setting. Closed unless listed.

The practitioner of a visit sees every answer; this is about the front desk only. Whatever a
level leaves out is left out silently, under one line that every form carries, so that a gap
tells nothing. Source: the clinical content, rule 7.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.medicines import Catalogue, Reading
from booking.intake.rules.questionnaire import Item, Questionnaire, shipped, walk


class Level(StrEnum):
    """How much of a form reception reads: what to do, most of it, or all of it."""

    TASKS = "tasks"
    STANDARD = "standard"
    FULL = "full"


# Contact and access needs, which are there to be acted on at the desk.
NEEDS = frozenset(
    {
        "name_known",
        "contact_ok",
        "contact_note",
        "access",
        "access_other",
        "language",
        "language_which",
    }
)

# Sections 1.2, 1.4 to 1.6, 1.10 and 1.12. `wait_away` is asked only after a loss and so gives its
# reason away: it reaches the desk as a card, never as an answer.
SHOWN_AT_STANDARD = NEEDS | {
    "dob", "filled_by", "gp", "gp_share", "emerg_contact", "emerg_knows", "blood_thin",
    "bleed_dis", "bleed_dis_text", "implant_elec", "implant_elec_which", "implants",
    "implants_where", "heart_valve", "bp", "fits", "fits_last", "faint_hist", "immune",
    "immune_why", "lymph", "lymph_side", "diabetes", "dm_detail", "skin", "skin_where", "lung",
    "liver_kid", "told_not", "told_not_text", "med_any", "med_recent", "herb_from", "med_list",
    "allergy_any", "allergy_list", "allergy_medicine", "allergy_other", "allergy_react_metal",
    "allergy_react_latex", "allergy_react_plasters", "allergy_react_wipes",
    "allergy_react_nuts_soya", "allergy_react_medicine", "allergy_react_plants",
    "allergy_react_other", "acu_before", "acu_before_text", "needle_fear", "no_thanks", "undress",
    "else", "read_info", "privacy_seen", "correct",
}  # fmt: skip

# Who prescribed a medicine and why can say what the hidden sections say.
SHOWN_OF_A_MEDICINE = frozenset(
    {"med_name", "med_dose", "med_form", "med_often", "med_started", "med_still", "med_stopped"}
)

# By the clinic's level, the levels given with its own questions that are shown then.
OPENED_AT = {
    Level.TASKS: frozenset({Level.TASKS.value}),
    Level.STANDARD: frozenset({Level.TASKS.value, Level.STANDARD.value}),
}

HIDDEN_CLASSES = frozenset({"EPL-CARE", "FERT", "PROG"})


def shown(level: Level, item: Item) -> bool:
    """Whether reception sees that question and its answer at this level.

    What the shipped questions show is fixed here: a loaded file opens none of them. A question
    of the clinic's own is shown from the level on that the file gives with it.
    """
    if level is Level.FULL:
        return True
    if item.link_id in _shipped_ids():
        return item.link_id in (SHOWN_AT_STANDARD if level is Level.STANDARD else NEEDS)
    return item.front_desk in OPENED_AT[level] and not item.practitioner_only


def for_reception(
    answers: Answers, asked: Questionnaire, *, level: Level, medicines: Catalogue
) -> dict[str, Answer]:
    """The answers as reception sees them: whole answers, rows and parts of rows left out.

    An answer to a question that is not among those `asked` is left out below `full`.
    """
    if level is Level.FULL:
        return dict(answers)
    open_ids = {item.link_id for item in walk(asked.items) if shown(level, item)}
    seen = {key: answer for key, answer in answers.items() if key in open_ids}
    _without_hidden_medicines(seen, medicines)
    _without_hidden_allergy(seen, medicines)
    return seen


@cache
def _shipped_ids() -> frozenset[str]:
    return frozenset(item.link_id for item in walk(shipped().items))


def _without_hidden_medicines(seen: dict[str, Answer], medicines: Catalogue) -> None:
    listed = seen.pop("med_list", None)
    rows = [_row(row, medicines) for row in listed.rows] if listed is not None else []
    if kept := tuple(row for row in rows if row):
        seen["med_list"] = Answer(rows=kept)


def _row(row: Mapping[str, Answer], medicines: Catalogue) -> dict[str, Answer]:
    """What reception sees of a medicine: nothing, or its recognised name and how it is taken.

    One that is not recognised could be any, so it is kept for the practitioner too. Of the
    text only the name that was recognised is shown: people write why beside it.
    """
    name, form = row.get("med_name"), row.get("med_form")
    if name is None:
        return {}
    reading = medicines.read(name.text, form="".join(form.codes) if form is not None else "")
    if not reading.hits or _gives_away(reading):
        return {}
    known = ", ".join(hit.name for hit in reading.hits)
    shown = {key: answer for key, answer in row.items() if key in SHOWN_OF_A_MEDICINE}
    return {**shown, "med_name": Answer(text=known)}


def _without_hidden_allergy(seen: dict[str, Answer], medicines: Catalogue) -> None:
    """Leave out which medicine she is allergic to if it is one of the hidden classes."""
    for key in ("allergy_medicine", "allergy_other"):
        answer = seen.get(key)
        if answer is not None and _gives_away(medicines.read(answer.text)):
            del seen[key]


def _gives_away(reading: Reading) -> bool:
    return bool(reading.classes & HIDDEN_CLASSES)
