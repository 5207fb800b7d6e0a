"""Branching and progress: what is asked, what counts, how far a section is."""

from booking.intake.rules.answers import NOT_SURE, TALK, Answer
from booking.intake.rules.progress import (
    SectionState,
    asked,
    missing,
    pages,
    section_state,
    still_missing,
)
from booking.intake.rules.questionnaire import live, shipped

QUESTIONS = shipped()
YES = Answer(codes=("yes",))
NO = Answer(codes=("no",))


def page_ids(answers):
    return [page.item.link_id for page in pages(QUESTIONS, answers)]


def ask(page_id, answers):
    page = QUESTIONS.find(page_id)
    return [item.link_id for item in asked(page, live(QUESTIONS.sections, answers))]


def test_pages_are_numbered_from_one_and_sending_is_not_a_page():
    found = pages(QUESTIONS, {})
    assert [page.number for page in found] == list(range(1, len(found) + 1))
    assert found[0].item.link_id == "urgent_now"
    assert "end_send" not in page_ids({})


def test_a_page_opens_only_for_the_answer_it_follows():
    assert "preg_far" not in page_ids({"preg_status": NO})
    assert "preg_far" not in page_ids({"preg_status": Answer(codes=("could",))})
    assert "preg_signs" in page_ids({"preg_status": Answer(codes=("could",))})
    assert "preg_far" in page_ids({"preg_status": YES})
    assert "med_rows" in page_ids({"med_recent": YES})
    assert "med_rows" not in page_ids({"med_any": Answer(codes=("bring",))})


def test_the_text_about_medicines_is_a_page_for_everyone():
    for code in ("list", "nothing", "bring"):
        assert "med_keep" in page_ids({"med_any": Answer(codes=(code,))})


def test_a_detail_is_asked_only_after_yes():
    assert ask("health_fits", {"fits": YES}) == ["fits", "fits_last", "faint_hist"]
    assert ask("health_fits", {"fits": NOT_SURE}) == ["fits", "faint_hist"]


def test_answers_to_questions_no_longer_asked_do_not_count():
    said = {"preg_status": NO, "preg_scan": Answer(codes=("elsewhere",)), "gone": YES}
    assert live(QUESTIONS.sections, said) == {"preg_status": NO}
    said["preg_status"] = YES
    assert "preg_scan" in live(QUESTIONS.sections, said)


def test_a_disabled_question_takes_what_depends_on_it_along():
    said = {
        "allergy_any": NO,
        "allergy_list": Answer(codes=("metal",)),
        "allergy_react_metal": Answer(codes=("rash",)),
    }
    assert live(QUESTIONS.sections, said) == {"allergy_any": NO}


def test_inside_a_row_only_that_row_decides():
    rows = (
        {"med_name": Answer(text="Iron"), "med_still": YES, "med_stopped": Answer(number=1)},
        {"med_name": Answer(text="Tea"), "med_still": NO, "med_stopped": Answer(number=2)},
    )
    said = {"med_any": Answer(codes=("list",)), "med_list": Answer(rows=rows)}
    first, second = live(QUESTIONS.sections, said)["med_list"].rows
    assert "med_stopped" not in first
    assert "med_stopped" in second


def test_talking_in_person_and_not_sure_meet_a_needed_question_and_blank_does_not():
    page = QUESTIONS.find("health_blood")
    assert [item.link_id for item in missing(page, {})] == ["blood_thin", "bleed_dis"]
    assert missing(page, {"blood_thin": TALK, "bleed_dis": NOT_SURE}) == []


def test_a_section_says_how_far_it_is():
    def state(answers, seen):
        return section_state(QUESTIONS, QUESTIONS.find("allergies"), answers, seen=seen)

    assert state({}, set()) is SectionState.NOT_STARTED
    assert state({"allergy_any": YES}, {"allergy_start"}) is SectionState.STARTED
    assert state({"allergy_any": NO}, {"allergy_start"}) is SectionState.DONE
    assert state({"allergy_any": TALK}, {"allergy_start"}) is SectionState.LEFT_FOR_VISIT
    assert state({}, {"allergy_start"}) is SectionState.STARTED


def test_what_is_still_missing_is_listed_by_page():
    found = still_missing(QUESTIONS, {"preg_status": YES})
    assert ("preg_signs", "preg_bleed") in [(p.item.link_id, i.link_id) for p, i in found]
    assert "preg_scan" not in [item.link_id for _, item in found]
