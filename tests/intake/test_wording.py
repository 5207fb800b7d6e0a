"""Fixed texts say word for word what the clinical content says."""

import pytest

from booking.intake.rules.questionnaire import shipped, walk
from booking.intake.rules.ruleset import shipped as rules

PATIENT = {
    "P-999": "Please get help now. Call {emergency_number} or go to {emergency_department}. "
    "Don't drive yourself. This form is not read straight away.",
    "P-TODAY": "Please call {urgent_line}, {early_pregnancy_unit} or your midwife or doctor today. "
    "This does not always mean something is wrong, but it should be checked.",
    "P-CRISIS": "You matter, and help is there now. In danger: {emergency_number}. "
    "To talk: {crisis_text}",
    "P-TOLD": "We have told the clinic. Still call now: nobody may be reading.",
    "P-KEEP": "Please don't stop or change any medicine because of this form. If you are worried "
    "about one, call the person who prescribes it, or a pharmacist. If you are pregnant or may "
    "become pregnant, ask them about everything you take, herbs and teas too - today if you have "
    "not yet.",
    "eat": "Please eat something before you come.",
    "start": "Get help now - do not wait for us.",
}
INTROS = {
    "health": 'These help your acupuncturist keep you safe. A "yes" rarely means you cannot '
    "have acupuncture.",
    "history": "You do not have to fill this in. You can tell your acupuncturist instead, or not "
    "at all. Most losses are not caused by anything you did.",
}
QUESTIONS = {
    "reason": "What brings you here?",
    "wait_away": "After a loss, some people find it hard to sit with pregnant people. Would you "
    "like us to plan around that?",
    "words": "People use different words for a loss. Which would you like us to use? (optional)",
    "hist_share": "Would you like to tell us about earlier pregnancies here?",
    "hist_items": "Add only what you want to.",
    "loss_recent": "Has a pregnancy ended in the last 6 weeks, or is it ending now?",
    "hard_dates": "Are there dates that are hard for you? We will try not to book or message on "
    "them.",
    "undress": "You never have to undress more than you want to. Would you like someone with you?",
    "feel_talk": "Many people feel low, worried or shaken, and it can last. Would you like to "
    "talk about how you are feeling?",
    "feel_safe": "Are you worried you might not keep yourself safe?",
    "med_change": "Any new, changed or stopped medicines, herbs or injections?",
    "health_change": "Anything else new?",
    "loss_change": "Has anything changed with your pregnancy? You can just tick 'please be "
    "gentle' and we will not ask at the desk.",
}


@pytest.mark.parametrize(("link_id", "text"), [*PATIENT.items(), *QUESTIONS.items()])
def test_a_text_stands_word_for_word(link_id: str, text: str) -> None:
    assert shipped().find(link_id).text == text


@pytest.mark.parametrize(("section", "intro"), INTROS.items())
def test_an_introduction_stands_word_for_word(section: str, intro: str) -> None:
    assert shipped().find(section).intro == intro


def test_a_loss_that_is_happening_begins_with_sorrow() -> None:
    today, now = shipped().find("P-TODAY").text, shipped().find("P-TODAY-SORRY").text
    assert now == f"We are so sorry. {today}"


def test_the_desk_says_what_is_written_and_names_no_condition() -> None:
    texts = rules().texts
    assert texts["R-CALL"].say.startswith("You told us about something on your form that needs")
    assert texts["R-REV"].title == "A practitioner needs to read this form before treatment"
    assert texts["R-REV"].then == "Do not ask the patient why. Keep the booking."
    assert texts["R-CALL-SAFE"].title == "Get %(practitioner)s now"
    assert texts["R-CALL-SAFE"].say == texts["R-CALL"].say
    for text in texts.values():
        told = f"{text.title} {text.say} {text.then}".casefold()
        for word in ("pregnan", "loss", "miscarr", "bleed", "medicine", "baby"):
            assert word not in told


@pytest.mark.parametrize(
    "word",
    ["spontaneous abortion", "foetus", "refused", "not disclosed", "non-compliant", "incompetent"],
)
def test_words_people_find_hard_are_not_used(word: str) -> None:
    for item in walk(shipped().items):
        told = " ".join([item.text, item.why, item.intro, *(each.text for each in item.options)])
        assert word not in told.casefold()
