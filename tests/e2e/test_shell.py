"""The frame of every page in a real browser: looks, weight, the way out, without a script."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.e2e.conftest import Screen
from tests.e2e.looking import problems

pytestmark = pytest.mark.browser

ELSEWHERE = re.compile(r"^https://")

PLACES = [
    ("", "/"),
    ("", "/privacy"),
    ("", "/no-such-page"),
    ("", "/sign-in"),
    ("owner", "/people"),
    ("", "/book"),
    ("reception", "/day?date=2027-07-05"),
    ("reception", "/day?date=2027-07-05&view=list"),
    ("reception", "/forms"),
    ("mei", "/forms/to-read"),
    ("mei", "/hours"),
    ("mei", "/time-off"),
    ("mei", "/hours/import"),
    ("owner", "/closures"),
    ("owner", "/closures/holidays"),
]


@pytest.mark.parametrize(("who", "path"), PLACES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_at_every_width(
    screen: Screen, who: str, path: str, scheme: str
) -> None:
    """Holds sec_E5."""
    assert problems(screen(path, who=who, color_scheme=scheme)) == []


@pytest.mark.parametrize(("who", "path"), PLACES)
def test_pages_mirror_for_languages_written_from_right_to_left(
    screen: Screen, who: str, path: str
) -> None:
    page = screen(path, who=who)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert problems(page, widths=(320, 1440)) == []


def test_doubled_text_and_wide_spacing_stay_within_a_phone(screen: Screen) -> None:
    page = screen("/", width=390, bypass_csp=True)
    page.add_style_tag(
        content="html{font-size:200%} *{line-height:1.5!important;letter-spacing:.12em!important;"
        "word-spacing:.16em!important} p{margin-block-end:2em!important}"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("who", "path", "kilobytes"), [("", "/", 60), ("owner", "/people", 120)])
def test_a_first_visit_is_light(screen: Screen, who: str, path: str, kilobytes: int) -> None:
    weight: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        packed = answer.url.endswith(".woff2")
        body = answer.body()
        weight[urlsplit(answer.url).path] = len(body) if packed else len(gzip.compress(body))

    page = screen("about:blank", who=who)
    page.on("response", weigh)
    page.goto(path, wait_until="networkidle")
    assert sum(weight.values()) < kilobytes * 1000, weight
    assert len(weight) <= 8, weight


def _beyond(page: Page) -> list[str]:
    """Note where the way out leads, and answer for that place; nothing leaves this machine."""
    seen: list[str] = []

    def answer(route: object) -> None:
        seen.append(route.request.url)  # type: ignore[attr-defined]
        route.fulfill(body="<title>Weather</title>", content_type="text/html")  # type: ignore[attr-defined]

    page.route(ELSEWHERE, answer)
    return seen


@pytest.mark.parametrize("keys", [0, 3])
def test_leaving_covers_the_page_and_leaves_no_way_back_to_it(screen: Screen, keys: int) -> None:
    page = screen("/privacy")
    page.goto("/my/sign-in")
    seen = _beyond(page)
    if keys:
        for _press in range(keys):
            page.keyboard.press("Shift")
    else:
        page.get_by_text("Leave this page").click()
    page.wait_for_url(ELSEWHERE)
    assert page.title() == "Weather"
    assert len(seen) >= 1
    page.go_back()
    assert urlsplit(page.url).path == "/privacy"


def test_two_presses_of_shift_do_nothing(screen: Screen) -> None:
    page = screen("/my/sign-in")
    for key in ("Shift", "Shift", "a", "Shift"):
        page.keyboard.press(key)
    expect(page.locator("h1")).to_be_visible()


def test_the_way_out_is_a_plain_link_without_a_script(screen: Screen) -> None:
    page = screen("/my/sign-in", java_script_enabled=False)
    seen = _beyond(page)
    page.get_by_text("Leave this page").click()
    page.wait_for_url(ELSEWHERE)
    assert len(seen) >= 1


def test_focus_is_on_the_summary_without_a_script_and_leads_to_the_field(screen: Screen) -> None:
    page = screen("/my/sign-in", java_script_enabled=False)
    page.get_by_role("button", name="Send me a link").click()
    expect(page).to_have_title(re.compile(r"^Error: "))
    expect(page.locator(".errors")).to_be_focused()
    page.locator(".errors a").first.click()
    page.keyboard.type("Amara Osei")
    expect(page.get_by_label("name").first).to_have_value("Amara Osei")


def test_a_password_can_be_shown(screen: Screen) -> None:
    """Holds sec_A4."""
    page = screen("/sign-in")
    field = page.get_by_label("Password")
    field.fill("a long secret sentence")
    page.get_by_role("button", name="Show").click()
    assert field.get_attribute("type") == "text"
    page.get_by_role("button", name="Hide").click()
    assert field.get_attribute("type") == "password"


@pytest.mark.parametrize(
    ("zone", "told"), [("Europe/Dublin", ""), ("America/New_York", "New York")]
)
def test_somebody_on_another_clock_is_told_whose_time_it_is(
    screen: Screen, zone: str, told: str
) -> None:
    page = screen("/book", timezone_id=zone)
    page.locator(".pick-row").first.click()
    expect(page.get_by_text("All times are London time.")).to_be_visible()
    line = page.locator("[data-zone]")
    if told:
        expect(line).to_contain_text(told)
    expect(line).to_be_visible(visible=bool(told))


def test_unsent_hours_are_not_lost_by_a_slip(screen: Screen) -> None:
    page = screen("/hours", who="mei", width=1440)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("input[type=time]").first.fill("08:00")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Day", exact=True).click(no_wait_after=True)
    assert asked == ["beforeunload"]
    assert urlsplit(page.url).path.startswith("/hours")
    page.get_by_role("button", name="Keep as a draft").last.click()
    page.wait_for_load_state()
    assert asked == ["beforeunload"]
