"""Going through the pages as a person would: give these answers where they are asked."""

from collections.abc import Mapping

from booking.intake.rules.questionnaire import shipped, walk
from tests.browser import Browser, Form, Page

Given = Mapping[str, str | list[str]]

TICKS: dict[str, str | list[str]] = {"read_info": "y", "privacy_seen": "y", "correct": "y"}
YES_NO = [
    *("blood_thin", "bleed_dis", "implant_elec", "implants", "heart_valve", "fits", "faint_hist"),
    *("immune", "lymph", "diabetes", "skin", "lung", "liver_kid", "told_not", "med_recent"),
]

# Someone with nothing to report, who skips what can be skipped.
ANSWERS: dict[str, str | list[str]] = {
    "u_now": ["none"],
    "reason": ["other"],
    "name_known": "Amara",
    "dob-day": "27",
    "dob-month": "3",
    "dob-year": "1991",
    "filled_by": "me",
    "contact_ok": ["email", "text"],
    **dict.fromkeys(YES_NO, "no"),
    "bp": "no",
    "med_any": "nothing",
    "herb_from": "no",
    "allergy_any": "no_known",
    "preg_status": "no",
}


def fill(page: Page, given: Given, *, button: str = "ontinue") -> Page:
    """Answer what this page asks and save it."""
    form = _form(page, button)
    values = {name: value for name, value in given.items() if name in form.names}
    words = next(text for _name, _value, text in form.buttons if button in text)
    return page.submit(values, button=words)


def _form(page: Page, button: str) -> Form:
    return next(form for form in page.forms if any(button in text for _n, _v, text in form.buttons))


def fill_until(page: Page, words: str, given: Given) -> Page:
    """Go on page by page until one has `words` in its title or heading."""
    for _step in range(60):
        if f"<h1>{words}" in page.text:
            return page
        assert page.status == 200, page.text
        before, page = page.url, fill(page, given)
        assert page.url != before, f"stuck on {before}: {page.text}"
    raise AssertionError(f"never came to {words!r}")


def open_page(browser: Browser, address: str, page_id: str) -> Page:
    """Open the page of that id by its number, as a link to it would."""
    off = {item.link_id for item in walk(shipped().items) if item.off}
    sections = shipped().without(off).sections
    pages = [page.link_id for section in sections for page in section.items]
    return browser.get(f"{address}/{pages.index(page_id) + 1}")
