"""What she asked of whoever meets her, as it stands in her answers: asked once, used everywhere."""

from datetime import date

from booking.intake.rules.answers import Answer, Answers, Json
from booking.intake.rules.questionnaire import Questionnaire

NAMED = "name"  # the option of `words` whose word is what she typed
ANY_WORD = "no_preference"


def wishes_in(answers: Answers, asked: Questionnaire, *, today: date) -> Json:
    """Return the wishes in answers that count, keyed as `Patient.wishes`; {} where there are none.

    A day that has been can only be hard when it comes round again, so it is kept as a day of
    every year. A date known in part names no day to leave free, and stays an answer.
    """
    found = {
        "use": _words(answers, asked),
        "avoid": _text(answers, "words_avoid"),
        "dates": _dates(answers, today),
        "quiet_arrival": _says(answers, "access", "quiet"),
        "apart": _says(answers, "wait_away", "yes", "more"),
    }
    return {key: value for key, value in found.items() if value}


def _words(answers: Answers, asked: Questionnaire) -> list[str]:
    given = answers.get("words")
    if given is None:
        return []
    item, name = asked.find("words"), _text(answers, "words_name")
    chosen = [item.option(code) for code in given.codes if code not in {NAMED, ANY_WORD}]
    return [option.text for option in chosen if option is not None] + ([name] if name else [])


def _text(answers: Answers, question: str) -> str:
    given = answers.get(question)
    return given.text if given is not None else ""


def _dates(answers: Answers, today: date) -> list[str]:
    listed = answers.get("hard_dates")
    days = [_day(row.get("hard_date"), today) for row in listed.rows] if listed is not None else []
    return list(dict.fromkeys(day for day in days if day))


def _day(given: Answer | None, today: date) -> str:
    if given is None or given.date is None or given.date.day is None:
        return ""
    whole = str(given.date)
    return whole if given.date.first >= today else f"-{whole[4:]}"


def _says(answers: Answers, question: str, *codes: str) -> bool:
    given = answers.get(question)
    return given is not None and not given.tokens.isdisjoint(codes)
