"""Whatever is sent to a question page, the answer is a page, never a fault."""

import pytest

from booking.intake.rules.questionnaire import shipped
from tests.browser import Browser
from tests.intake.conftest import Stored
from tests.intake.journey import fill, open_page

PLACES = range(1, len([page for section in shipped().sections for page in section.items]) + 2)
NASTY = [
    "",
    "talk",
    "\x00\u202eevil",
    "x" * 10_000,
    "9" * 400,
    "٣",
    "<b>%(x)s{0}</b>",
]


@pytest.mark.parametrize("value", NASTY)
def test_no_value_in_any_field_is_a_fault(amara: Browser, visit, value: str) -> None:
    """Holds sec_F2, sec_F4."""
    for page_id, given in (
        ("med_start", {"med_any": "list"}),
        ("allergy_start", {"allergy_any": "yes"}),
        ("preg_now", {"preg_status": "yes"}),
    ):
        fill(open_page(amara, visit[1], page_id), given)
    for place in PLACES:
        page = amara.get(f"{visit[1]}/{place}")
        if not page.url.endswith(f"/{place}") or page.status != 200:
            continue
        names = {name for form in page.forms for name in form.names} - {"csrf_token"}
        answer = page.submit({name: [value, value] for name in names}, button="ontinue")
        assert answer.status in {200, 422}, (place, answer.status)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/1?from=//evil.example", {"go": "elsewhere"}),
        ("/19?row=abc&of=-1&more=1", {"go": "add", "med_name": "Iron"}),
        ("/19", {"remove": "1.1"}),
        ("/19", {"remove": "²."}),
        ("/check", {"read_info": "maybe"}),
        ("/code", {"code": "\x00" * 99}),
        ("/leave", {"go": "\x00"}),
        ("/nowhere", {}),
        ("/1/now", {}),
    ],
)
def test_odd_requests_are_answered_kindly(
    amara: Browser, visit, stored: Stored, path: str, data: dict[str, str]
) -> None:
    fill(open_page(amara, visit[1], "med_start"), {"med_any": "list"})
    token = dict(amara.get(f"{visit[1]}/1").form(having="u_now").fields)["csrf_token"]
    page = amara.post(visit[1] + path, {**data, "csrf_token": token})
    assert page.status in {200, 404, 405, 422}
    assert page.url.startswith(visit[1])
