"""What a browser sees of a form that another one began."""

from datetime import UTC, datetime

from booking.intake.rules.answers import TALK, Answer
from booking.intake.rules.draft import Draft, Sight
from booking.intake.rules.progress import SectionState
from booking.intake.rules.questionnaire import shipped

QUESTIONS = shipped()
YES = Answer(codes=("yes",))
NO = Answer(codes=("no",))
HER_PHONE, SOMEONE_ELSE = 1, 2


def after(*saves):
    draft = Draft()
    for page_id, given, by in saves:
        draft = draft.with_page(QUESTIONS.find(page_id), given, by=by)
    return draft


def sight(draft, *circles):
    return Sight(QUESTIONS, draft, frozenset(circles))


PREGNANT = (
    ("preg_now", {"preg_status": YES}, HER_PHONE),
    ("preg_far", {"preg_weeks": Answer(number=9)}, HER_PHONE),
    ("preg_signs", {"preg_bleed": NO}, HER_PHONE),
    ("preg_others", {}, HER_PHONE),
)


def page_ids(found):
    return [page.item.link_id for page in found.pages()]


def test_a_draft_is_read_back_with_its_givers():
    draft = after(*PREGNANT, ("allergy_start", {"allergy_any": TALK}, SOMEONE_ELSE))
    written = draft.written(
        QUESTIONS, status="in-progress", authored=datetime(2026, 7, 6, tzinfo=UTC)
    )
    assert Draft.read(written) == draft


def test_saving_a_page_again_replaces_all_its_answers():
    draft = after(
        ("preg_far", {"preg_weeks": Answer(number=9), "preg_scan": TALK}, HER_PHONE),
        ("preg_far", {"preg_scan": Answer(codes=("womb",))}, HER_PHONE),
    )
    assert draft.answers == {"preg_scan": Answer(codes=("womb",))}


def test_the_browser_that_gave_the_answers_sees_them():
    own = sight(after(*PREGNANT), HER_PHONE)
    assert own.answers["preg_weeks"].number == 9
    assert not own.hides_something
    assert own.state(QUESTIONS.find("pregnancy")) is SectionState.DONE


def test_another_browser_sees_neither_answers_nor_the_pages_they_opened():
    other = sight(after(*PREGNANT), SOMEONE_ELSE)
    assert other.answers == {}
    assert other.hides_something
    assert not {"preg_far", "preg_signs", "preg_others"} & set(page_ids(other))


def test_an_answered_section_stays_shut_and_an_unfinished_one_is_asked_afresh():
    other = sight(after(*PREGNANT), SOMEONE_ELSE)
    assert other.is_closed(QUESTIONS.find("pregnancy"))
    assert "preg_now" not in page_ids(other)
    unfinished = sight(after(PREGNANT[0]), SOMEONE_ELSE)
    assert not unfinished.is_closed(QUESTIONS.find("pregnancy"))
    assert "preg_now" in page_ids(unfinished)
    assert "preg_signs" not in page_ids(unfinished)
    assert unfinished.state(QUESTIONS.find("pregnancy")) is SectionState.NOT_STARTED


def test_a_page_answered_here_is_seen_here_while_the_others_stay_hidden():
    draft = after(*PREGNANT, ("allergy_start", {"allergy_any": NO}, SOMEONE_ELSE))
    assert sight(draft, SOMEONE_ELSE).answers == {"allergy_any": NO}
    assert "allergy_any" not in sight(draft, HER_PHONE).answers


def test_who_has_the_code_or_signs_in_sees_everything():
    draft = after(*PREGNANT, ("allergy_start", {"allergy_any": NO}, SOMEONE_ELSE))
    assert sight(draft, HER_PHONE, SOMEONE_ELSE).answers == draft.answers
    assert Sight(QUESTIONS, draft, None).answers == draft.answers


def test_the_way_forward_and_back_follows_the_pages_shown():
    own = sight(after(*PREGNANT), HER_PHONE)
    following = own.after("preg_now")
    assert following is not None
    assert following.item.link_id == "preg_far"
    back = own.before("preg_far")
    assert back is not None
    assert back.item.link_id == "preg_now"
    assert own.before("urgent_now") is None
    assert own.after("end_else") is None
