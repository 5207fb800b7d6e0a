"""Answers keep their kind, whatever is stored and read back."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from hypothesis import given
from hypothesis import strategies as st

from booking.intake.rules.answers import (
    NOT_SURE,
    TALK,
    Answer,
    PartialDate,
    State,
    from_response,
    is_unknown,
    to_response,
)

SUMMER = datetime(2026, 7, 6, 9, tzinfo=UTC)


@dataclass
class Place:
    link_id: str
    items: list["Place"] = field(default_factory=list)


LAYOUT = [
    Place("page", [Place("a", [Place("a_which"), Place("a_when")]), Place("rows")]),
    Place("b"),
]
ids = st.sampled_from(["a", "a_which", "a_when", "b", "rows", "unheard_of"])
words = st.text('aZ9 é\u202e\x00\n|"{}<', min_size=1, max_size=12)
codes = st.lists(st.sampled_from(["yes", "no", "none", "heavy_bleed"]), max_size=3, unique=True)
partial = st.dates().flatmap(
    lambda d: st.sampled_from(
        [
            PartialDate(d.year),
            PartialDate(d.year, d.month),
            PartialDate(d.year, d.month, d.day),
        ]
    )
)


def has_content(parts: dict) -> bool:
    return any(value not in ((), "", None) for value in parts.values())


plain = (
    st.fixed_dictionaries(
        {
            "codes": codes.map(tuple),
            "text": words | st.just(""),
            "number": st.none() | st.integers(-(2**31), 2**31 - 1),
            "date": st.none() | partial,
        }
    )
    .filter(has_content)
    .map(lambda parts: Answer(**parts))
)
single = plain | st.sampled_from([NOT_SURE, TALK])
row = st.dictionaries(st.sampled_from(["name", "why", "since"]), single, min_size=1)
repeated = st.lists(row, min_size=1, max_size=3).map(lambda rows: Answer(rows=tuple(rows)))
answer_sets = st.dictionaries(ids, single | repeated)


def respond(answers, layout=LAYOUT):
    return to_response(
        answers,
        questionnaire="urn:stillpoint:questions|1",
        status="completed",
        authored=SUMMER,
        layout=layout,
    )


@given(answer_sets)
def test_every_answer_comes_back_as_it_was_given(answers):
    assert from_response(respond(answers)) == answers
    assert from_response(respond(answers, layout=())) == answers


def test_the_four_kinds_of_answer_stay_four():
    given_ = {"no": Answer(codes=("no",)), "unsure": NOT_SURE, "talk": TALK}
    back = from_response(respond(given_))
    assert back["no"].codes == ("no",)
    assert back["unsure"].state is State.NOT_SURE
    assert back["talk"].state is State.TALK
    assert "blank" not in back
    assert [is_unknown(back, key) for key in ("no", "unsure", "talk", "blank")] == [
        False,
        True,
        True,
        True,
    ]


def test_what_is_written_is_a_fhir_response_nested_as_the_questionnaire():
    medicine = {"name": Answer(text="Iron"), "since": Answer(date=PartialDate(2026, 3))}
    written = respond(
        {
            "a": Answer(codes=("yes",)),
            "a_which": Answer(text="pacemaker"),
            "rows": Answer(rows=(medicine, {"name": Answer(text="Tea")})),
            "b": TALK,
        }
    )
    QuestionnaireResponse.model_validate(written)
    page, other = written["item"]
    assert page["linkId"] == "page"
    assert page["item"][0]["answer"][0]["item"][0]["linkId"] == "a_which"
    assert [item["linkId"] for item in page["item"]] == ["a", "rows", "rows"]
    assert other["linkId"] == "b"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"state": State.NOT_SURE, "codes": ("no",)},
        {"state": State.TALK, "text": "later"},
        {"rows": ({},)},
        {"codes": ("talk",)},
    ],
)
def test_an_answer_cannot_be_blank_or_two_things_at_once(content):
    with pytest.raises(ValueError, match=r"answer|code"):
        Answer(**content)


@pytest.mark.parametrize("parts", [(2026, 13), (2026, 2, 30), (2026, None, 4), (0,)])
def test_a_date_no_calendar_has_is_refused(parts):
    with pytest.raises(ValueError, match=r"."):
        PartialDate(*parts)


@given(partial)
def test_a_partial_date_covers_its_whole_month_or_year(when):
    assert when.first <= when.last
    assert PartialDate.parse(str(when)) == when
    if when.day is None and when.last < date.max:
        following = date.fromordinal(when.last.toordinal() + 1)
        assert following.day == 1
        assert when.month is not None or following.month == 1
