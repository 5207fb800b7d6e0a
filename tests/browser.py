"""A browser without JavaScript that fills in real forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.helpers.html_contract import problems


@dataclass
class Form:
    """A form as found in a page. `fields` are what a browser would send; `buttons` the choices."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, text
    choices: dict[str, list[str]] = field(default_factory=dict)  # radio and checkbox values

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.fields} | set(self.choices)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._area: tuple[str, list[str]] | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._link: tuple[str, list[str]] | None = None
        self._button: tuple[str, str, list[str]] | None = None
        self._presses: Form | None = None  # the form the open button belongs to
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._waiting: dict[str, list[tuple[str, str, list[str]]]] = {}
        self.title = ""
        self._in_title = False

    def _owner(self, a: dict[str, str]) -> Form | None:
        return self._by_id.get(a["form"]) if "form" in a else self._form

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        a = {k: v or "" for k, v in attrs}
        owner = self._owner(a)
        if tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._form)
            self._by_id[a.get("id", "")] = self._form
            for name, value, words in self._waiting.pop(a.get("id", ""), []):
                self._form.buttons.append((name, value, " ".join("".join(words).split())))
        elif tag == "input" and owner and "name" in a and "disabled" not in a:
            self._input(owner, a)
        elif tag == "textarea":
            self._area = (a.get("name", ""), [])
        elif tag == "select":
            self._select, self._options = a.get("name", ""), []
        elif tag == "option" and self._select is not None:
            self._options.append((a.get("value", ""), "selected" in a))
        elif tag == "button":
            self._button = (a.get("name", ""), a.get("value", ""), [])
            self._presses = owner
            if owner is None and "form" in a:  # the form stands further down
                self._waiting.setdefault(a["form"], []).append(self._button)
        elif tag == "a" and "href" in a:
            self._link = (a["href"], [])
        elif tag == "title":
            self._in_title = True

    def _input(self, form: Form, a: dict[str, str]) -> None:
        kind = a.get("type", "text")
        if kind in {"radio", "checkbox"}:
            form.choices.setdefault(a["name"], []).append(a.get("value", "on"))
            if "checked" in a:
                form.fields.append((a["name"], a.get("value", "on")))
        elif kind in {"submit", "image"}:
            form.buttons.append((a["name"], a.get("value", ""), a.get("value", "")))
        else:
            form.fields.append((a["name"], a.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        for kept in (self._area, self._link):
            if kept:
                kept[1].append(data)
        if self._button:
            self._button[2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area and self._form:
            text = "".join(self._area[1])
            self._form.fields.append((self._area[0], text.replace("\r\n", "\n").removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select is not None and self._form:
            chosen = [v for v, on in self._options if on] or [v for v, _ in self._options[:1]]
            self._form.fields += [(self._select, v) for v in chosen[:1]]
            self._form.choices[self._select] = [v for v, _ in self._options]
            self._select = None
        elif tag == "button" and self._button and self._presses:
            name, value, text = self._button
            self._presses.buttons.append((name, value, " ".join("".join(text).split())))
            self._button = None
        elif tag == "a" and self._link:
            self.links.append((self._link[0], " ".join("".join(self._link[1]).split())))
            self._link = None
        elif tag == "title":
            self._in_title = False


class Page:
    """One answer of the site: status, text, links, forms."""

    def __init__(self, browser: "Browser", response: TestResponse, url: str) -> None:
        self.browser, self.response, self.url = browser, response, url
        self.status = response.status_code
        # A file to keep, such as a PDF, is read as far as it is text.
        self.text = response.get_data().decode(errors="replace")
        self.headers = response.headers
        reader = _Reader()
        if (response.content_type or "").startswith("text/html"):
            reader.feed(self.text)
            # Every page that any test opens keeps the contract.
            assert problems(self.text, path=urlsplit(url).path) == [], url
        self.forms, self.links, self.title = (
            reader.forms,
            reader.links,
            " ".join(reader.title.split()),
        )

    def form(self, having: str | None = None) -> Form:
        """Return the first form, or the first that has a field or button named `having`."""
        for form in self.forms:
            if having is None and form.action == "/sign-out":
                continue  # stands on every staff page; never the one a test means
            names = form.names | {b[0] for b in form.buttons} | {b[2] for b in form.buttons}
            if having is None or having in names:
                return form
        raise AssertionError(f"no form with {having!r} on {self.url}: {self.text[:2000]}")

    def link(self, text: str) -> str:
        """Return the address of the first link whose words contain `text`."""
        for href, words in self.links:
            if text in words:
                return href
        raise AssertionError(f"no link {text!r} on {self.url}; links: {self.links}")

    def click(self, text: str) -> "Page":
        return self.browser.get(self.link(text))

    def submit(
        self,
        values: dict[str, str | list[str]] | None = None,
        *,
        button: str | None = None,
        having: str | None = None,
    ) -> "Page":
        """Fill in and send a form; `button` is the words on the button pressed, if it matters.

        `values` replaces fields by name; a list ticks several; an empty list ticks none.
        """
        form = self.form(having or (button and self._named(button)) or None)
        values = values or {}
        data = [(n, v) for n, v in form.fields if n not in values]
        for name, value in values.items():
            data += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        if button:
            name, value, _words = next(b for b in form.buttons if button in b[2])
            if name:
                data.append((name, value))
        target = urljoin(self.url, form.action or self.url)
        if form.method == "get":
            return self.browser.get(f"{target.partition('?')[0]}?{urlencode(data)}")
        return self.browser.post(target, data)

    def _named(self, words: str) -> str:
        for form in self.forms:
            for button in form.buttons:
                if words in button[2]:
                    return button[2]
        raise AssertionError(f"no button {words!r} on {self.url}: {self.text[:2000]}")


class Browser:
    """A person at the site without JavaScript: follows redirects, keeps cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def get(self, url: str, query: dict[str, str] | None = None) -> Page:
        return self._follow(self.client.get(_path(url), query_string=query or None), url)

    def head(self, url: str) -> TestResponse:
        return self.client.head(_path(url))

    def post(self, url: str, data: list[tuple[str, str]] | dict[str, str]) -> Page:
        """Send form data as it is. Most tests use `Page.submit`, which brings the form's token."""
        pairs = data if isinstance(data, list) else list(data.items())
        grouped: dict[str, list[str]] = {}
        for name, value in pairs:
            grouped.setdefault(name, []).append(value)
        return self._follow(self.client.post(_path(url), data=grouped), url)

    def _follow(self, response: TestResponse, url: str) -> Page:
        for _hop in range(6):
            if response.status_code not in {301, 302, 303, 307, 308}:
                break
            url = urljoin(url, response.headers["Location"])
            response = self.client.get(_path(url))
        return Page(self, response, _path(url))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
