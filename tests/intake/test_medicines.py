"""Recognising medicines in what people type, without ever guessing."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.intake.rules.medicines import SHIPPED, Catalogue, How, shipped

CLASSES = {
    "ANTICOAG",
    "ANTIPLT",
    "NSAID",
    "IMMUNO",
    "FERT",
    "PROG",
    "EPL-CARE",
    "INSULIN",
    "SEIZURE",
    "TERATO",
    "MOOD",
    "BP",
    "HERB-BLEED",
    "SJW",
    "HERB-PREG",
    "NONE",
}
MEDICINES = shipped()
EVERY_NAME = [(entry, how, name) for entry in MEDICINES.entries for how, name in entry.names()]


def test_the_list_has_all_sixteen_classes_and_a_version() -> None:
    listed = {name for entry in MEDICINES.entries for name in entry.classes}
    assert listed == CLASSES
    assert MEDICINES.version
    assert set(json.loads(SHIPPED.read_text(encoding="utf-8"))["classes"]) == CLASSES


def test_the_list_says_that_nobody_has_checked_it_yet() -> None:
    assert not MEDICINES.verified
    assert not any(entry.verified for entry in MEDICINES.entries)


@pytest.mark.parametrize(
    ("typed", "label", "how"),
    [
        ("warfarin", "warfarin", How.LABEL),
        ("WARFARIN 3mg", "warfarin", How.LABEL),
        ("Clexane 40 mg every evening", "enoxaparin", How.BRAND),
        ("clexane40mg", "enoxaparin", How.BRAND),
        ("  Énoxaparine? no: enoxaparin", "enoxaparin", How.LABEL),
        ("Gonal F", "follitropin", How.BRAND),
        ("gonal-f 150iu", "follitropin", How.BRAND),
        ("GONALF", "follitropin", How.BRAND),
        ("low-dose aspirin (75mg)", "aspirin", How.ALIAS),
        ("acetaminophen", "paracetamol", How.ALIAS),
        ("St. John's Wort", "St John’s wort", How.LABEL),
        ("saint johns wort tea", "St John’s wort", How.ALIAS),
        ("Co-Q10", "CoQ10", How.LABEL),
        ("omega 3 capsules", "fish oil", How.ALIAS),
        ("progesterone injections", "progesterone injection", How.ALIAS),
        ("Progesterone pessaries 400", "progesterone vaginal", How.ALIAS),
        ("Ma-Huang", "ephedra", How.ALIAS),
    ],
)
def test_a_name_is_recognised_whatever_the_spelling_of_case_space_and_dose(
    typed: str, label: str, how: How
) -> None:
    reading = MEDICINES.read(typed)
    assert [(hit.label, hit.how) for hit in reading.hits] == [(label, how)]
    assert reading.how == how
    assert reading.text == typed
    assert reading.version == MEDICINES.version


@pytest.mark.parametrize("typed", ["warfarn", "clexan", "aspirine", "zorbafex", "", "   ", "75 mg"])
def test_nothing_is_guessed_from_a_name_one_letter_off(typed: str) -> None:
    reading = MEDICINES.read(typed)
    assert reading.hits == ()
    assert reading.how == How.NONE
    assert reading.text == typed


def test_each_of_two_medicines_on_one_line_is_recognised() -> None:
    reading = MEDICINES.read("aspirin 75 and Clexane, also folic acid")
    assert [hit.label for hit in reading.hits] == ["aspirin", "enoxaparin", "folic acid"]
    assert reading.classes == {"ANTIPLT", "ANTICOAG"}


def test_methotrexate_is_kept_private_unless_it_is_known_to_be_a_tablet() -> None:
    assert MEDICINES.read("methotrexate", form="tablet").classes == {"IMMUNO", "TERATO"}
    for form in ("injection", "other", ""):
        assert "EPL-CARE" in MEDICINES.read("methotrexate", form=form).classes
    assert "EPL-CARE" in MEDICINES.read("methotrexate injection", form="tablet").classes


def test_a_medicine_for_a_note_only_belongs_to_its_class_but_raises_nothing() -> None:
    for name, group in (("metformin", "INSULIN"), ("Plaquenil", "IMMUNO")):
        reading = MEDICINES.read(name)
        assert reading.classes == {group}
        assert reading.raising == frozenset()


def test_the_teratogens_of_other_classes_are_in_both() -> None:
    both = {entry.label for entry in MEDICINES.entries if {"TERATO"} < entry.classes}
    assert both == {
        "warfarin",
        "mycophenolate",
        "methotrexate",
        "methotrexate injection",
        "carbamazepine",
        "sodium valproate",
        "topiramate",
    }


def test_a_list_that_gives_one_name_to_two_medicines_is_refused() -> None:
    entry = {"brands": [], "aliases": ["a-b"], "classes": ["NONE"], "verified": False}
    rows = [{"label": "one", **entry}, {"label": "two", **entry}]
    with pytest.raises(ValueError, match="names both one and two"):
        Catalogue.from_json({"version": "1", "verified": False, "entries": rows})


@given(
    chosen=st.sampled_from(EVERY_NAME),
    dose=st.sampled_from(["", " 75mg", "40mg", " 0.4 ml x2", " – twice daily", " (400 µg)"]),
    before=st.sampled_from(["", "my ", "generic: ", "2 x "]),
    form=st.sampled_from(["NFC", "NFD", "NFKD"]),
    change=st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    space=st.sampled_from([" ", "-", "  ", "\t"]),
)
def test_every_name_is_recognised_in_every_dress(
    chosen: tuple, dose: str, before: str, form: str, change, space: str
) -> None:
    entry, how, name = chosen
    if name[-1].isdigit():
        dose = f" {dose}"  # two numbers run together are one number
    typed = unicodedata.normalize(form, before + change(name.replace(" ", space)) + dose)
    reading = MEDICINES.read(typed)
    assert [(hit.label, hit.how, hit.name) for hit in reading.hits] == [(entry.label, how, name)]


@given(st.text(max_size=500))
def test_any_text_can_be_read_and_is_kept_as_typed(typed: str) -> None:
    assert MEDICINES.read(typed).text == typed
