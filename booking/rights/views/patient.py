"""A patient's own record as a whole: read it, take it away, have it erased."""

import json
from typing import Any

from flask import Response, current_app, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts.views import leave, step_up
from booking.appointments.queries.board import zone
from booking.audit import actions as audit
from booking.audit.rules.patients import RecordTaken
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.core.settings import Settings
from booking.intake.rules.answers import Answer
from booking.intake.rules.questionnaire import Item, shipped
from booking.intake.views.said import row_words, said
from booking.rights import actions, queries
from booking.rights.views import bp
from booking.rights.views.deeds import deed, with_part
from booking.rights.views.words import sections


@bp.get("/my/record")
@needs(Permission.MY_VISITS)
def record() -> Any:
    """Show all that is kept about her, to read or print."""
    if (first := _more_needed()) is not None:
        return first
    whole = queries.everything(_person())
    page = render_template(
        "rights/record.html",
        whole=whole,
        more=sections(whole, zone().key),
        opened=[(one.at, with_part(one), deed(one)) for one in queries.opened_by_staff(_person())],
        answers=[(form, _in_words(form)) for form in whole.forms],
        kept=queries.kept_of_person(_person(), years=_settings().records_kept_years, now=_now()),
        years=_settings().records_kept_years,
        zone=zone().key,
    )
    _note("page")
    return page


@bp.get("/my/record.json")
@needs(Permission.MY_VISITS)
def record_file() -> Any:
    """Give the same as a file for programs; answers are FHIR R4 QuestionnaireResponses."""
    if (first := _more_needed()) is not None:
        return first
    opened = [
        {"at": one.at.isoformat(), "who": one.who, "what": one.tag, "as": one.about}
        | {key: one.origin[key] for key in ("role",) if key in one.origin}
        for one in queries.opened_by_staff(_person())
    ]
    whole = {**queries.everything(_person()).plain(), "opened_by": opened}
    told = json.dumps(whole, ensure_ascii=False, indent=2)
    _note("file")
    return Response(
        told + "\n",
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="record.json"'},
    )


@bp.get("/my/record/erase")
@needs(Permission.MY_VISITS)
def erase() -> Any:
    """Say what erasing does, what stays and why, and ask once."""
    return _more_needed() or _erase_page()


@bp.post("/my/record/erase")
@needs(Permission.MY_VISITS)
def erase_now() -> Any:
    """Erase her record, and sign her out: there is nothing left to see."""
    if (first := _more_needed()) is not None:
        return first
    if not _kept().erasable:
        return _erase_page(), 409
    with transaction():
        actions.erase_person(
            current_actor(),
            _person(),
            tombstones=_settings().tombstones,
            years=_settings().records_kept_years,
            now=_now(),
        )
    leave()
    return render_template("rights/erased.html")


def _erase_page() -> str:
    return render_template(
        "rights/erase.html",
        kept=_kept(),
        years=_settings().records_kept_years,
        zone=zone().key,
    )


def _kept() -> Any:
    return queries.kept_of_person(_person(), years=_settings().records_kept_years, now=_now())


def _more_needed() -> Any:
    """The way to what she has to show first: that it is she, and that just now."""
    if not current_actor().confirmed:
        return redirect(url_for("accounts.desk_code"), code=303)
    return step_up()


def _in_words(form: queries.FormKept) -> list[tuple[str, str]]:
    return [
        (str(_(item.label or item.text)), _value(item, answer))
        for link_id, answer in form.answers.items()
        if (item := _item(link_id)) is not None
    ]


def _item(link_id: str) -> Item | None:
    try:
        return shipped().find(link_id)
    except KeyError:
        return None  # of an earlier questionnaire; the file has it


def _value(item: Item, answer: Answer) -> str:
    if answer.rows:
        return "\n".join(": ".join(filter(None, row_words(item, row))) for row in answer.rows)
    return said(item, answer)


def _note(how: str) -> None:
    with transaction():
        for patient_id in queries.records_of(_person()):
            audit.record(RecordTaken(patient_id=patient_id, how=how), by=current_actor(), at=_now())


def _person() -> int:
    person = current_actor().person_id
    if person is None:
        raise NotFound
    return person


def _now() -> Any:
    return clock.now()


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
