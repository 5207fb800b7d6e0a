"""The language a page or message is written in, and where its words come from.

The words stand in `booking/translations/<locale>.po`, one readable file a language; British English
is what the code says. A clinic offers its own language and those it lists besides; nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from booking.core.languages import SOURCE

WORDS = Path(__file__).parents[1] / "translations"
COOKIE = "language"  # outlives a sign-out: it says nothing about who reads
Offered = Callable[[], Sequence[str]]


class _Catalog(Translations):
    """A catalog in which the empty text stays empty; gettext answers it with its own header."""

    def gettext(self, message: str) -> str:
        return str(super().gettext(message)) if message else ""

    ugettext = gettext


class _Catalogs(Domain):  # type: ignore[misc]
    """Finds the words of the language a page or message is written in."""

    def get_translations(self) -> NullTranslations:
        return catalog(locale_now())


@lru_cache(maxsize=8)
def catalog(locale: str) -> NullTranslations:
    """Return the words of a language; those of the code where it has no file."""
    file = WORDS / f"{locale}.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as words:
        write_mo(compiled, read_po(words, locale=locale))
    compiled.seek(0)
    return _Catalog(fp=compiled)


def install(app: Flask, *, offered: Offered) -> None:
    """Let every page be in the language its reader chose, of those `offered` says.

    `offered` returns locales, the clinic's own first. It must answer without a database too.
    """
    babel = Babel(app, locale_selector=lambda: _select(offered))
    babel.domain_instance = _Catalogs()
    app.jinja_env.globals.update(_=_said, gettext=_said, ngettext=_said_of)
    app.extensions["languages"] = offered


# What a template asks for a hundred times. Jinja's own goes through twice as many hands, and
# formats also what has nothing to be filled in.
@pass_eval_context
def _said(around: EvalContext, text: str, /, **values: object) -> str:
    return _filled(around, catalog(locale_now()).gettext(text), values)


@pass_eval_context
def _said_of(around: EvalContext, one: str, many: str, num: int, /, **values: object) -> str:
    said = catalog(locale_now()).ngettext(one, many, num)
    return _filled(around, said, {"num": num, **values})


def _filled(around: EvalContext, said: str, values: Mapping[str, object]) -> str:
    """Fill in values, escaped where a page is written; "%%" is one sign with and without any."""
    text = Markup(said) if around.autoescape else said  # noqa: S704 # nosec B704 - our own words
    return text % values if "%" in said else text


def _select(offered: Offered) -> str:
    """The language chosen in this browser, else the browser's own if offered, else the clinic's."""
    locales = list(offered())
    if not has_request_context():
        return locales[0]
    if (chosen := request.cookies.get(COOKIE)) in locales:
        return str(chosen)
    return _spoken(locales)


def _spoken(locales: Sequence[str]) -> str:
    """The first language of the browser's list that is offered, by the whole name or its head."""
    for wanted, _quality in request.accept_languages:
        head = wanted.replace("-", "_")
        for locale in locales:
            if locale.casefold() == head.casefold():
                return locale
        for locale in locales:
            if locale.split("_")[0] == head.split("_")[0].casefold():
                return locale
    return locales[0]


def offered() -> Sequence[str]:
    """Return the locales the clinic offers its pages in, its own first."""
    ask: Offered = current_app.extensions["languages"]
    return ask()


def locale_now() -> str:
    """Return the locale words are wanted in, "en_GB" outside of any application."""
    locale = get_locale()
    return SOURCE if locale is None else _name_of(locale)


@lru_cache(maxsize=64)
def _name_of(locale: Locale) -> str:
    """Its name, kept: a page asks a hundred times."""
    return str(locale)
