"""The main job from end to end, in a browser without JavaScript, over the installed product.

Owner, practitioner, patient and receptionist do what they come for, on a server of several
processes with a worker and a mail relay over TLS. Each page is looked at on a phone and on a wide
screen: no sideways scroll, no accessibility violation, light enough.
"""

import gzip
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response

from tests.e2e.looking import problems
from tests.e2e.system import Message, System
from tests.mail.calendar_readers import READERS
from tests.mail.receiver import Receiver, authority, receiving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("story")]

ROOT = Path(__file__).parents[2]
MONDAY = datetime(2027, 7, 5, 8, 0, tzinfo=UTC)  # 9 o'clock in London, in summer
PATIENT = "amara.osei@example.org"
PASSWORD = "slow tide under the old pier"
GIVEAWAY = re.compile(
    r"pregnan|fertil|ivf|miscarr|loss|baby|intake|first visit|consultation|acupunct|urgent|flag",
    re.IGNORECASE,
)
DRAWN = re.compile(r"(?<=/)[\w-]{40,}")
"""The random part of a link, in which any three letters may meet."""
PATIENT_BYTES, STAFF_BYTES = 60_000, 120_000


class Person:
    """Somebody at a browser of her own, without JavaScript."""

    def __init__(self, chromium: Browser, system: System, *, limit: int) -> None:
        self.context: BrowserContext = chromium.new_context(
            base_url=system.url,
            viewport={"width": 390, "height": 844},
            locale="en-GB",
        )
        # The checker needs an engine, so scripts stay switched on and none of ours ever arrives;
        # the content policy lets no other run.
        self.context.route("**/*.js", lambda route: route.abort())
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.limit = limit
        self.weight: dict[str, int] = {}
        self.seen: set[str] = set()
        self.page.on("response", self._weigh)

    def _weigh(self, answer: Response) -> None:
        if answer.status >= 300:
            return
        try:
            body = answer.body()
        except Error:  # she has gone on before it was read
            return
        packed = answer.url.endswith(".woff2")
        self.weight[urlsplit(answer.url).path] = len(body) if packed else len(gzip.compress(body))

    def go(self, address: str) -> "Person":
        self.weight.clear()
        self.page.goto(address)
        return self

    def press(self, words: str) -> "Person":
        """Press the button with these words."""
        self.page.get_by_role("button", name=words).last.click()
        return self

    def follow(self, words: str) -> "Person":
        self.page.get_by_role("link", name=words).first.click()
        return self

    def type(self, label: str, text: str) -> "Person":
        self.page.get_by_label(re.compile(rf"^{label}")).first.fill(text)
        return self

    def choose(self, words: str, *, within: str = "") -> "Person":
        """Tick or choose one of several answers, of the question `within` if several share it."""
        scope = self.page.get_by_role("group", name=within) if within else self.page
        scope.get_by_label(words, exact=True).first.check()
        return self

    def look(self, name: str, *, public: bool = True) -> "Person":
        """Look at the page at both widths; keep a picture of each where one is asked for."""
        assert problems(self.page, widths=(1440, 390)) == [], name
        if public:
            assert not GIVEAWAY.search(self.page.title()), self.page.title()
            assert not giveaways(urlsplit(self.page.url).path), self.page.url
        keep = os.environ.get("BOOKING_PICTURES")
        for width, height in ((1440, 900), (390, 844)):
            if keep:
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.screenshot(path=f"{keep}/{name}-{width}.png", full_page=True)
        return self

    def light(self) -> "Person":
        """The page and all it is made of, loaded afresh, are within the budget for one page."""
        here = urlsplit(self.page.url).path
        page = {k: v for k, v in self.weight.items() if k.startswith("/static/") or k == here}
        assert sum(page.values()) <= self.limit, page
        assert len(page) <= (8 if self.limit == PATIENT_BYTES else 12), page
        return self

    def says(self, *words: str) -> "Person":
        text = self.page.locator("body").inner_text()
        for each in words:
            assert each in text, f"{each!r} is not on {self.page.url}:\n{text}"
        return self


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Receiver, System]]:
    known = authority(tmp_path_factory.mktemp("authority"))
    with receiving(known.context()) as receiver:
        system = System(tmp_path_factory.mktemp("clinic"), receiver, known, MONDAY)
        yield receiver, system
        for process in system.processes:
            process.kill()
            process.wait()


def read_by_all(message: Message) -> dict[str, object]:
    """What the invite in a message says; all readers must agree on it."""
    inline, attached = message.part("text/calendar"), message.part("application/ics")
    assert inline == attached
    understood = {}
    for name, read in READERS.items():
        # Where a reader is missing, the tests of invites say so; the story goes on without it.
        with suppress(pytest.skip.Exception):
            understood[name] = read([inline])[0]
    first, *others = understood.values()
    for other in others:
        assert other == first, understood
    return first


def discreet(message: Message) -> Message:
    """Nothing in any part or header of the message says why she comes."""
    headers = "\n".join(f"{k}: {v}" for k, v in message.parsed.items())
    shown = [headers, message.text, message.part("text/html").decode()]
    if "text/calendar" in {part.get_content_type() for part in message.parsed.walk()}:
        shown.append(message.part("text/calendar").decode())
    for words in shown:
        assert not giveaways(words), words
    return message


def giveaways(words: str) -> list[str]:
    """What of these words tells why she comes; lines of an invite may be folded."""
    return GIVEAWAY.findall(DRAWN.sub("", words.replace("\r\n ", "")))


def join(system: System, person: Person, link: str, email: str, *, name: str = "") -> None:
    """Accept an invitation: a password, a second factor, recovery codes."""
    person.go(link).look("welcome")
    if name:  # the owner's link knows neither name nor address
        person.type("Your name", name).type("E-mail address", email)
    person.type("New password", PASSWORD).type("The same password again", PASSWORD)
    person.press("Continue").look("second-factor")
    secret = person.page.locator("code").first.inner_text().replace(" ", "")
    SECRETS[email] = secret
    code = pyotp.TOTP(secret).at(int(system.clock().timestamp()))
    person.type("Code", code).press("Continue").look("recovery-codes")
    person.follow("I have kept them")


def clinic_file(folder: Path) -> Path:
    """The example clinic, whose owner is the one who invites people; nobody has hours yet."""
    example = (ROOT / "docs" / "clinic.example.toml").read_text()
    without = example.partition("[[people]]")[0].replace('email = "mei', '# email = "mei')
    without = re.sub(r"\[\[(practitioners\.hours|services\.by)\]\].*?\n\n", "", without, flags=re.S)
    file = folder / "clinic.toml"
    file.write_text(without)
    return file


def test_the_main_job(chromium: Browser, post: tuple[Receiver, System]) -> None:
    """One story, in the order in which it happens."""
    _receiver, system = post
    printed = system.command("init", "--clinic", str(clinic_file(system.folder.parent)))
    owner_link = re.search(r"http://\S+", printed)
    assert owner_link, printed
    system.start()

    # 1. The owner comes in and invites reception and a practitioner.
    owner = Person(chromium, system, limit=STAFF_BYTES)
    join(system, owner, owner_link[0], "olive@canalstreet.example", name="Olive Hart")
    for name, email, role in (
        ("Dana Whitlock", "dana@canalstreet.example", "Reception"),
        ("Mei Tan", "mei@canalstreet.example", "Practitioner"),
    ):
        owner.go("/people").type("Name", name).type("E-mail address", email).choose(role)
        if role == "Practitioner":
            owner.page.get_by_label("Whose calendar this person keeps").select_option(label=name)
        owner.press("Send the invitation").look("people", public=False).light()

    # The practitioner joins, publishes a week, sees two weeks of it, takes an afternoon off.
    mei = Person(chromium, system, limit=STAFF_BYTES)
    invitation = discreet(system.mail("mei@canalstreet.example", 1))
    join(system, mei, invitation.link(), "mei@canalstreet.example")
    mei.go("/hours").look("hours-empty", public=False)
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        mei.type(f"{day}, from", "09:00").type(f"{day}, to", "17:00")
    mei.press("Publish these hours").says("Published.", "What patients will see")
    mei.look("hours", public=False).light()
    mei.go("/time-off").type("First day", "2027-07-06").type("From", "12:00").type("Until", "17:00")
    mei.press("Take this time off").look("time-off", public=False)

    # 2. A patient books without an account.
    amara = Person(chromium, system, limit=PATIENT_BYTES)
    amara.go("/").look("landing").light().follow("Book a visit").look("visit")
    amara.page.locator("main a[href*='/times']").first.click()
    amara.look("times").says("Soonest")
    amara.page.locator("a[href*='2027-07-06']").first.click()
    amara.says("Morning").look("times-tuesday")
    assert "Afternoon" not in amara.page.locator("main").inner_text()
    amara.page.locator("button.slot", has_text=re.compile(r"^10:00am")).click()
    amara.look("about-you").type("Your name", "Amara Osei").type("E-mail address", PATIENT)
    amara.type("Mobile number", "07700 900123")
    email_box = amara.page.get_by_label("E-mail", exact=True)
    if not email_box.is_checked():
        email_box.check()
    amara.press("Continue").look("check")
    amara.says("Tue 6 July, 10:00am", "Amara Osei", PATIENT).press("Book this visit")
    amara.look("done").says("Your visit is booked")

    # 3. The invite arrives and three readers understand the same.
    confirmation = discreet(system.mail(PATIENT, 1))
    booked = read_by_all(confirmation)
    assert booked["method"] == "REQUEST"
    assert booked["sequence"] == 0
    assert booked["start"] == datetime(2027, 7, 6, 9, 0, tzinfo=UTC).timestamp()

    # 4. From its links she moves, cancels, and books again; looking alone changes nothing.
    elsewhere = Person(chromium, system, limit=PATIENT_BYTES)
    links = re.findall(r"http://localhost:\d+/a/\S+", confirmation.text)
    assert len(links) >= 3, confirmation.text
    for link in links * 3:
        assert elsewhere.context.request.head(link).ok
        elsewhere.go(link)
    elsewhere.go(confirmation.link("/move")).look("move")
    elsewhere.page.locator("a[href*='2027-07-07']").first.click()
    elsewhere.page.locator("button.slot", has_text=re.compile(r"^2:00pm")).click()
    elsewhere.look("move-check").press("Move this visit").look("moved")
    moved = read_by_all(discreet(system.mail(PATIENT, 2)))
    assert (moved["uid"], moved["method"]) == (booked["uid"], "REQUEST")
    assert moved["sequence"] > booked["sequence"]  # type: ignore[operator]
    assert moved["start"] == datetime(2027, 7, 7, 13, 0, tzinfo=UTC).timestamp()

    elsewhere.go(system.mail(PATIENT, 2).link("/cancel")).look("cancel").press("Cancel this visit")
    elsewhere.look("cancelled")
    gone = read_by_all(discreet(system.mail(PATIENT, 3)))
    assert (gone["uid"], gone["method"]) == (booked["uid"], "CANCEL")
    assert gone["sequence"] > moved["sequence"]  # type: ignore[operator]

    again = Person(chromium, system, limit=PATIENT_BYTES)
    again.go("/book")
    again.page.locator("main a[href*='/times']").first.click()
    again.page.locator("a[href*='2027-07-06']").first.click()
    again.page.locator("button.slot", has_text=re.compile(r"^11:00am")).click()
    again.type("Your name", "Amara Osei").type("E-mail address", PATIENT)
    again.type("Mobile number", "07700 900123")
    if not again.page.get_by_label("E-mail", exact=True).is_checked():
        again.choose("E-mail")
    again.press("Continue").press("Book this visit").says("Your visit is booked")
    rebooked = read_by_all(discreet(system.mail(PATIENT, 4)))
    assert rebooked["uid"] != booked["uid"]
    assert rebooked["method"] == "REQUEST"

    fill_in_the_questions(again, Person(chromium, system, limit=PATIENT_BYTES), system)
    review_and_start(chromium, system, again, mei)
    system.stop()


ANSWERS: dict[str, list[str]] = {
    "u_now": ["one_leg"],
    "reason": ["preg", "after_loss"],
    "fits": ["talk"],
    "diabetes": ["talk"],
    "lung": ["talk"],
    "hist_share": ["yes"],
    "hist_what": ["loss"],
    "filled_by": ["me"],
    "contact_ok": ["email", "text"],
    "blood_thin": ["yes"],
    "implant_elec": ["not-sure"],
    "faint_hist": ["yes"],
    "bp": ["no"],
    "med_any": ["list"],
    "allergy_any": ["no_known"],
    "preg_status": ["yes"],
    "preg_scan": ["womb"],
    "preg_bleed": ["no"],
}
WORDS = {
    "name_known": "Amara",
    "dob-day": "9",
    "dob-month": "2",
    "dob-year": "1991",
    "preg_weeks": "7",
    "med_name": "Clexane 40 mg",
    "else": "Thank you for asking so gently.",
}


def answer(person: Person) -> None:
    """Answer the page in front of her: as ANSWERS and WORDS say, else no, else what comes first."""
    form = person.page.locator("main form.form").first
    by_name: dict[str, list[str]] = {}
    for box in form.locator("input[type=radio], input[type=checkbox]").all():
        by_name.setdefault(str(box.get_attribute("name")), []).append(
            str(box.get_attribute("value"))
        )
    for name, values in by_name.items():
        if values == ["y"]:  # "not sure" and "rather talk" beside a text
            continue
        usual = [value for value in ("no", "none", values[0]) if value in values][:1]
        for value in ANSWERS.get(name, usual):
            box = form.locator(f"input[name='{name}'][value='{value}']").first
            if box.is_visible():  # some questions only show once another is answered
                box.check()
    for box in form.locator("input[type=text], input:not([type]), textarea").all():
        words = WORDS.get(str(box.get_attribute("name")).rsplit("-0-", 1)[-1])
        if words and box.is_visible():
            box.fill(words)


def go_on(person: Person, *, until: str) -> None:
    """Answer page after page until an address ends so, part by part as the list has them."""
    for _page in range(60):
        if person.page.url.endswith(until):
            return
        if person.page.url.endswith("/list"):
            rows = person.page.locator("ul.tasks li").all()
            left = [row for row in rows[:-1] if "tarted" in row.inner_text()]
            (left or rows[-1:])[0].locator("a").click()
        elif person.page.url.endswith("/now"):
            person.follow("Go on")
        else:
            answer(person)
            first_loss = person.page.locator("[name=hist_what]").count()
            first_loss = first_loss and not person.page.locator("form.listed").count()
            person.press("Save and add another" if first_loss else "ontinue")
    raise AssertionError(f"never came to {until}: {person.page.url}")


def fill_in_the_questions(amara: Person, phone: Person, system: System) -> None:
    """5. One topic a page; left on one device, gone on with on another, sent."""
    amara.follow("Questions before your visit").look("questions-start")
    amara.follow("Start").look("questions-list").follow("About today")
    answer(amara)
    amara.look("question").light().press("Save and continue")
    amara.says("We have told the clinic").look("interruption")
    told = discreet(system.mail("desk@canalstreet.example", 1))
    assert "Amara" not in told.text
    amara.follow("Go on")
    answer(amara)
    amara.press("Save and leave").look("questions-left")
    code = amara.page.locator("p.code").inner_text()

    # Another device: the link opens the form, but not what was answered on the first.
    link = next(
        found
        for found in re.findall(r"http://\S+", system.mail(PATIENT, 4).text)
        if found.endswith("/form")
    )
    for _time in range(3):
        assert phone.context.request.head(link).ok
    phone.go(link).look("form-link").press("Go on").follow("Go on")
    phone.page.goto(phone.page.url.replace("/list", "/2"))
    assert phone.page.locator("[name=name_known]").count() == 0 or (
        phone.page.locator("[name=name_known]").input_value() == ""
    )
    phone.page.goto(phone.page.url.removesuffix("/2") + "/list")
    phone.look("questions-other-device").page.get_by_label("code").first.fill(code)
    phone.press("Show")
    phone.page.goto(re.sub(r"/[^/]*$", "/2", phone.page.url))
    assert phone.page.locator("[name=name_known]").input_value() == "Amara"
    phone.page.goto(re.sub(r"/[^/]*$", "/list", phone.page.url))
    go_on(phone, until="/check")
    phone.look("questions-check").light()
    for tick in phone.page.locator("main form.form input[type=checkbox]").all():
        tick.check()
    phone.press("Send my answers").look("questions-sent")
    assert phone.page.url.endswith("/sent")


def review_and_start(chromium: Browser, system: System, amara: Person, mei: Person) -> None:
    """6 to 8. Reception reviews and asks, the practitioner decides; the day is run."""
    dana = Person(chromium, system, limit=STAFF_BYTES)
    join(
        system,
        dana,
        system.mail("dana@canalstreet.example", 1).link(),
        "dana@canalstreet.example",
    )
    dana.go("/forms").look("forms", public=False).light().says("Ring now")
    dana.page.locator("nav.queue li a", has_text="Amara Osei").first.click()
    dana.look("form-review", public=False).light().says("Kept for Mei")
    hidden = dana.page.content()
    for word in ("One leg", "in the womb", "swollen", "had a pregnancy loss", "Several losses"):
        assert word not in hidden, word
    dana.page.locator("form[action$='/rang'] button").first.click()
    dana.follow("Ask").look("form-ask", public=False)
    dana.page.get_by_label(re.compile("pacemaker")).first.check()
    dana.press("Send").look("form-asked", public=False)

    asked = discreet(system.mail(PATIENT, 5))
    amara.go(asked.link())
    if amara.page.get_by_role("button", name="Go on").count():
        amara.press("Go on")
    amara.look("question-again")
    amara.page.locator("input[name=implant_elec][value=no]").check()
    amara.press("Send my answer").look("question-again-sent")

    dana.go("/forms")
    dana.page.locator("nav.queue li a", has_text="Amara Osei").first.click()
    dana.press("My part is done").look("form-done", public=False)

    # On the day of the visit, before she comes.
    system.stop()
    system.start(now=datetime(2027, 7, 6, 9, 40, tzinfo=UTC))
    for person, email in ((dana, "dana@canalstreet.example"), (mei, "mei@canalstreet.example")):
        sign_in(system, person, email)
    mei.go("/day").look("my-day", public=False).says("Amara Osei")
    mei.page.get_by_role("link", name=re.compile("Amara Osei")).first.click()
    visit = mei.page.url
    assert mei.page.get_by_role("button", name="Start the visit").count() == 0
    mei.look("visit-not-yet", public=False).go("/forms/to-read").look("to-read", public=False)
    mei.page.locator("nav.queue li a", has_text="Amara Osei").first.click()
    mei.look("form-read", public=False).light()
    mei.says("Why this rule", "Clexane 40 mg", "One leg newly swollen")
    mei.says("To ask in private before treatment", "rather talk about this in person")
    mei.says("Pregnant now", "Takes a medicine that thins the blood", "Several losses")
    mei.page.locator("#decision").get_by_label("Go ahead").check()
    mei.page.locator("#decision textarea").fill("She has seen her doctor; shallow needles only.")
    mei.press("Record decision").look("form-decided", public=False)

    dana.go("/day").look("day", public=False).light().says("Amara Osei")
    card = dana.page.locator("li", has_text="Amara Osei").first
    card.get_by_role("button").first.click()
    dana.look("day-arrived", public=False).says("arrived")

    mei.go(visit).press("Start the visit").look("visit-started", public=False)
    mei.says("in room")
    report = system.command("audit", "verify")
    assert "whole" in report, report


SECRETS: dict[str, str] = {}


def sign_in(system: System, person: Person, email: str) -> None:
    """Sign in with password and code."""
    person.go("/sign-in").look("sign-in")
    person.type("E-mail address", email).type("Password", PASSWORD).press("Continue")
    code = pyotp.TOTP(SECRETS[email]).at(int(system.clock().timestamp()))
    person.look("code").type("Code", code).press("Sign in")
