"""What she read and permitted, in words, and the exact texts that are kept with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template
from jinja2.filters import do_striptags

from booking.clinic import queries as clinic_queries
from booking.core.errors import N_
from booking.intake.models import Consent, ConsentKind, Given, Outcome, Through, Topic, VisitLine
from booking.intake.queries import questionnaires
from booking.intake.queries.review import names_of
from booking.intake.rules.consents import PERMISSIONS, Shown, in_order, latest
from booking.intake.views.words import _, first, on_day

NAMES = {
    ConsentKind.INFORMATION: N_("What acupuncture involves and its risks"),
    ConsentKind.PRIVACY: N_("How we look after your information"),
    ConsentKind.GP: N_("Contact with GP, midwife or clinic"),
    ConsentKind.PARTNER: N_("Talk with a partner"),
    ConsentKind.PHOTOS: N_("Photos for the record"),
    ConsentKind.RESEARCH: N_("Research"),
    ConsentKind.NEWS: N_("News of the clinic"),
}
READ = {
    ConsentKind.INFORMATION: N_("Read"),
    ConsentKind.PRIVACY: N_("Seen"),
}
GIVEN = {
    Given.YES: N_("Yes"),
    Given.ASK: N_("Ask first"),
    Given.NO: N_("No"),
    Given.TAKEN_BACK: N_("Taken back"),
}
THROUGH = {
    Through.LINK: N_("by the mailed link"),
    Through.SIGNED_IN: N_("signed in"),
    Through.DESK: N_("at the clinic"),
    Through.PAPER: N_("on paper"),
    Through.PHONE: N_("by phone"),
}
TOPICS = {Topic.TREATMENT: N_("Treatment talked through"), Topic.COMPANY: N_("Chaperone")}
OUTCOMES = {
    Outcome.OFFERED: N_("Offered"),
    Outcome.ACCEPTED: N_("Accepted"),
    Outcome.DECLINED: N_("Declined"),
}


def page_texts() -> dict[ConsentKind, str]:
    """The texts linked beside the statements before sending, as they read today."""
    pages = {
        ConsentKind.INFORMATION: "intake/patient/_information.html",
        ConsentKind.PRIVACY: "clinic/_privacy.html",
    }
    texts = {kind: do_striptags(render_template(page)) for kind, page in pages.items()}
    own = clinic_queries.newest_words("page/privacy")
    if own is not None and own.parts.get("text"):
        texts[ConsentKind.PRIVACY] += f"\n\n{own.parts['text']}"
    return texts


def permission(kind: ConsentKind) -> Shown:
    """A permission as it is asked on a page of its own."""
    return Shown(_(PERMISSIONS[kind]), questionnaires.current().version)


@dataclass(frozen=True)
class Said:
    """One record in words; `text` is what stood before her, `sha256` its fingerprint."""

    kind: ConsentKind
    name: str
    given: str
    when: str
    text: str
    version: str
    sha256: str


def told(rows: Iterable[Consent], *, zone: str) -> list[Said]:
    """What counts now, of each kind, in the order pages list them."""
    found = latest(rows)
    names = names_of(row.recorded_by for row in found.values())
    return [_said(found[kind], zone, names) for kind in in_order(found)]


def history(rows: Iterable[Consent], *, zone: str) -> list[Said]:
    """Every record, the newest first."""
    known = list(rows)
    names = names_of(row.recorded_by for row in known)
    return [_said(row, zone, names) for row in reversed(known)]


def _said(row: Consent, zone: str, names: dict[int, str]) -> Said:
    given = READ.get(row.kind) if row.given is Given.YES else None
    parts = [on_day(row.at, zone), _(THROUGH[row.through])]
    if row.recorded_by is not None:
        parts.append(_("noted by %(who)s", who=names.get(row.recorded_by, "")))
    return Said(
        kind=row.kind,
        name=_(NAMES[row.kind]),
        given=_(given or GIVEN[row.given]),
        when=", ".join(parts),
        text=row.text.text,
        version=row.text_version,
        sha256=row.text_sha256,
    )


@dataclass(frozen=True)
class Line:
    """What came of one offer at a visit, in words."""

    topic: Topic
    name: str
    outcome: str
    when: str


def lines_told(lines: Sequence[VisitLine], *, zone: str) -> list[Line]:
    """The line of each topic that counts for a visit."""
    newest = {line.topic: line for line in lines}
    names = names_of(line.noted_by for line in newest.values())
    return [
        Line(
            topic=topic,
            name=_(TOPICS[topic]),
            outcome=_(OUTCOMES[newest[topic].outcome]),
            when=f"{first(names.get(newest[topic].noted_by, ''))}, "
            f"{on_day(newest[topic].noted_at, zone)}",
        )
        for topic in Topic
        if topic in newest
    ]


def kinds_of(names: Iterable[str]) -> list[ConsentKind]:
    """The kinds these values of a form name; others are left out."""
    known = {kind.value: kind for kind in ConsentKind}
    return [known[name] for name in names if name in known]


def uuid_of(text: str) -> UUID | None:
    """A public id from a form, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
