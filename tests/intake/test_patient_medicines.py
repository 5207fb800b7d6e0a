"""Medicines are a list: added, changed and taken away one by one, without any script."""

import pytest

from booking.intake.rules.answers import Answer, PartialDate
from tests.browser import Browser, Page
from tests.intake.conftest import Stored
from tests.intake.journey import fill, open_page


@pytest.fixture
def listing(amara: Browser, visit) -> Page:
    fill(open_page(amara, visit[1], "med_start"), {"med_any": "list"})
    return open_page(amara, visit[1], "med_rows")


def add(page: Page, **typed: str) -> Page:
    return fill(page, {name.replace("__", "-"): value for name, value in typed.items()},
                button="Save and add another")  # fmt: skip


def names(stored: Stored) -> list[str]:
    listed = stored.answers().get("med_list", Answer(codes=("none",)))
    return [row["med_name"].text for row in listed.rows]


def test_medicines_are_added_one_after_the_other(listing: Page, stored: Stored) -> None:
    page = add(listing, med_name="Iron", med_dose="20 mg", med_often="daily")
    page = add(page, med_name="Raspberry leaf tea", med_form="tea", med_started__year="2026")
    assert "Iron" in page.text
    assert "started 2026" in page.text
    page = fill(page, {})
    assert "Please don&#39;t stop or change any medicine because of this form." in page.text
    assert names(stored) == ["Iron", "Raspberry leaf tea"]
    second = stored.answers()["med_list"].rows[1]
    assert second["med_started"].date == PartialDate(2026)


def test_the_shipped_list_only_suggests(listing: Page, stored: Stored) -> None:
    assert '<option value="warfarin">' in listing.text
    add(listing, med_name="Granny's brown bottle")
    assert names(stored) == ["Granny's brown bottle"]


def test_a_medicine_is_changed_in_place(listing: Page, stored: Stored) -> None:
    page = add(add(listing, med_name="Iron"), med_name="Folic acid")
    page = page.click("Change Iron")
    assert ("med_name", "Iron") in page.form(having="med_name").fields
    fill(page, {"med_name": "Iron syrup"})
    assert names(stored) == ["Iron syrup", "Folic acid"]


def test_a_medicine_is_taken_away_once_however_often_the_button_is_pressed(
    listing: Page, stored: Stored
) -> None:
    page = add(add(listing, med_name="Iron"), med_name="Folic acid")
    page.submit(button="Remove Iron")
    page.submit(button="Remove Iron")
    assert names(stored) == ["Folic acid"]


def test_a_blood_thinner_gets_one_more_question(listing: Page, stored: Stored) -> None:
    page = add(listing, med_name="Warfarin 3 mg")
    assert "One more question about Warfarin 3 mg" in page.text
    page = fill(page, {"med_last-month": "7", "med_last-year": "2027"})
    kept = stored.answers()["med_list"].rows[0]
    assert kept["med_name"].text == "Warfarin 3 mg"
    assert kept["med_last"].date == PartialDate(2027, 7)
    assert "About your medicines" in page.text


def test_the_one_more_question_may_be_left_out(listing: Page, stored: Stored) -> None:
    page = add(listing, med_name="Clexane")
    page = fill(page, {})
    assert "About your medicines" in page.text
    assert names(stored) == ["Clexane"]


def test_an_entry_without_a_name_is_asked_for_it_and_kept(listing: Page, stored: Stored) -> None:
    page = fill(listing, {"med_dose": "20 mg"})
    assert page.status == 422
    assert "Please answer “Name on the label”" in page.text
    assert ("med_dose", "20 mg") in page.form(having="med_dose").fields
    assert names(stored) == []


def test_who_said_she_would_list_something_is_asked_for_one(listing: Page) -> None:
    page = fill(listing, {})
    assert page.status == 422
    assert "Please add at least one" in page.text


def test_when_a_medicine_was_stopped_counts_only_if_it_was(listing: Page, stored: Stored) -> None:
    stopped = {"med_stopped__month": "5", "med_stopped__year": "2027"}
    page = add(listing, med_name="Iron", med_still="no", **stopped)
    assert stored.answers()["med_list"].rows[0]["med_stopped"].date == PartialDate(2027, 5)
    assert "stopped May 2027" in page.text


def test_bringing_the_list_skips_it(amara: Browser, visit) -> None:
    fill(open_page(amara, visit[1], "med_start"), {"med_any": "bring"})
    page = fill(open_page(amara, visit[1], "med_before"), {"med_recent": "no"})
    assert "About your medicines" in page.text
    assert open_page(amara, visit[1], "med_rows").url.endswith("/list")


def test_the_same_entry_sent_twice_is_kept_once(listing: Page, stored: Stored) -> None:
    for _click in range(2):
        add(listing, med_name="Iron", med_dose="20 mg")
    assert names(stored) == ["Iron"]


def test_two_entries_that_are_alike_are_two_and_a_double_press_is_one(
    amara: Browser, visit: tuple[int, str], stored: Stored
) -> None:
    fill(open_page(amara, visit[1], "hist_start"), {"hist_share": "yes"})
    page = open_page(amara, visit[1], "hist_rows")
    loss = {"hist_what": "loss"}
    again = page.submit(loss, button="Save and add another")
    page.submit(loss, button="Save and add another")  # the same page once more
    assert len(stored.answers()["hist_items"].rows) == 1
    again.submit(loss, button="Save and add another")
    assert len(stored.answers()["hist_items"].rows) == 2
