"""A page on which a group is filled in several times, such as medicines: a list and one entry."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask import render_template as render
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor
from booking.core import clock
from booking.core.db import transaction
from booking.intake.actions import patient as actions
from booking.intake.forms.patient import PageForm, page_form
from booking.intake.queries.patient import Filling
from booking.intake.rules import medicines
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.questionnaire import Item, Kind, questions, walk
from booking.intake.views.frame import (
    coming_from,
    load,
    onward,
    remember_device,
    save_page,
    steps_of,
    today,
)
from booking.intake.views.said import row_words

MEDICINES = "med_list"


@dataclass(frozen=True)
class Listing:
    """A repeated group on its page: the rows so far, and the entry being typed.

    `editing` is the index of the row that the entry changes, None for a new one. With `more`
    the entry asks only what is asked of this medicine alone.
    """

    filled: Filling
    page: Item
    group: Item
    rows: tuple[Answers, ...]
    editing: int | None
    more: bool
    form: PageForm

    @property
    def current(self) -> Answers:
        """The row being changed, empty for a new one."""
        return self.rows[self.editing] if self.editing is not None else {}

    @property
    def blank(self) -> bool:
        """Whether nothing was typed into the entry."""
        return not any(field.data for field in self.form if field.name != "csrf_token")


def rows_page(filled: Filling, page: Item, group: Item) -> Any:
    """Show the list with its one entry form, or save an entry, take one away, go on."""
    kept = filled.sight.answers.get(group.link_id)
    rows = kept.rows if kept is not None else ()
    editing = _row_asked(rows)
    more = editing is not None and "more" in request.args
    form = _entry_form(filled, group, rows[editing] if editing is not None else {}, more=more)
    listing = Listing(filled, page, group, rows, editing, more, form)
    if request.method == "GET":
        return _show(listing)
    if "remove" in request.form:
        return _remove(listing)
    if listing.blank and request.form.get("go") != "add":
        return _go_on(listing)
    if not form.validate_on_submit():
        return _show(listing)
    if not form.given:
        form[form.questions[0].name].errors = [_("Please choose or write something here.")]
        return _show(listing)
    return _keep(listing)


def _row_asked(rows: tuple[Answers, ...]) -> int | None:
    """The index of the row in the address, if the list still has the length it had then."""
    row, of = request.args.get("row", type=int), request.args.get("of", type=int)
    if row is None or of != len(rows) or not 1 <= row <= len(rows):
        return None
    return row - 1


def _entry_form(filled: Filling, group: Item, current: Answers, *, more: bool) -> PageForm:
    """One row's questions. Those for some classes only are asked of a row known to be of one."""
    entry = _as_page(group)
    shown = [
        item
        for item in questions(entry)
        if _is_asked(item, current) and (item.for_class or not more) and not item.later
    ]
    form = page_form(entry, shown, current, before=current if more else {}, today=today(filled))
    form.partial = more
    return form


def _as_page(group: Item) -> Item:
    return Item(link_id=group.link_id, kind=Kind.GROUP, text=group.text, items=group.items)


def _is_asked(item: Item, row: Answers) -> bool:
    name = row.get("med_name")
    if not item.for_class:
        return True
    return name is not None and bool(medicines.shipped().read(name.text).classes & item.for_class)


def _keep(listing: Listing) -> Response:
    """Save the entry; ask what is asked of this medicine alone, else go where she wanted to."""
    here = listing.editing if listing.editing is not None else len(listing.rows)
    is_new = listing.editing is None
    # Two entries may be alike; a page shown before the last one was there was sent twice.
    fresh = request.form.get("had") == str(len(listing.rows))
    if is_new and not fresh and listing.rows and listing.form.given == listing.rows[-1]:
        return _after(listing)
    asked_now = {item.link_id for item in walk(listing.group.items) if not item.later}
    put = asked_now if not listing.more else {each.item.link_id for each in listing.form.questions}
    before = {key: answer for key, answer in listing.current.items() if key not in put}
    row = {**before, **listing.form.given}
    rows = (*listing.rows[:here], row, *listing.rows[here + 1 :])
    _save(listing, rows)
    if _has_one_more(listing):
        return remember_device(_back_to_list(listing, row=here + 1, of=len(rows), more=1))
    return _after(listing)


def _after(listing: Listing) -> Response:
    """Back to the list for another one, or onward."""
    if request.form.get("go") == "add":
        return remember_device(_back_to_list(listing))
    return remember_device(onward(listing.filled.visit.public_id, listing.page, {}))


def _has_one_more(listing: Listing) -> bool:
    """Whether the medicine just saved has a question of its own that was not on the page yet."""
    return any(
        item.for_class and _is_asked(item, listing.form.given)
        for item in questions(_as_page(listing.group))
        if item not in [question.item for question in listing.form.questions]
    )


def _save(listing: Listing, rows: tuple[Answers, ...]) -> None:
    given = {listing.group.link_id: Answer(rows=rows)} if rows else {}
    save_page(listing.filled, listing.page, given)


def _remove(listing: Listing) -> Response:
    row, _dot, of = request.form["remove"].partition(".")
    # A second click would take the next one away: only while the list is as it was shown.
    if of == str(len(listing.rows)) and row in [str(n + 1) for n in range(len(listing.rows))]:
        _save(listing, (*listing.rows[: int(row) - 1], *listing.rows[int(row) :]))
    return remember_device(_back_to_list(listing))


def _go_on(listing: Listing) -> Any:
    """Go on without a new row: fine, unless she said she would list something."""
    leaving = request.form.get("go") == "leave"
    promised = listing.filled.sight.answers.get("med_any")
    wanting = listing.group.link_id == MEDICINES and not (listing.rows or leaving)
    if wanting and promised is not None and "list" in promised.codes:
        listing.form[listing.form.questions[0].name].errors = [
            _("Please add at least one. Or go back and choose “I'll bring my list”.")
        ]
        return _show(listing)
    if not leaving:
        _save(listing, listing.rows)
    return remember_device(onward(listing.filled.visit.public_id, listing.page, {}))


def _back_to_list(listing: Listing, **row: Any) -> Response:
    address = url_for(
        "questions.question",
        visit=listing.filled.visit.public_id,
        place=listing.filled.place_of(listing.page),
        **row,
        **coming_from(request.args.get("from", "")),
    )
    return redirect(address, code=303)


def _has_more(listing: Listing) -> bool:
    """Whether something stands in, or is wrong with, the questions that are folded away."""
    folded = [question for question in listing.form.questions if question.item.more]
    names = [name for question in folded for name in question.fields()]
    return any(listing.form[name].data or listing.form[name].errors for name in names)


def _show(listing: Listing) -> Any:
    filled = listing.filled
    if request.method == "GET" and listing.rows:
        with transaction():
            actions.note_opened(current_actor(), filled, now=clock.now())
        filled = load(filled.visit.public_id)
    body = render(
        "intake/patient/rows.html",
        filled=filled,
        page=listing.page,
        group=listing.group,
        steps=steps_of(filled, listing.page),
        form=listing.form,
        rows=[row_words(listing.group, row) for row in listing.rows],
        editing=listing.editing,
        more=listing.more,
        names=medicines.shipped().names() if listing.group.link_id == MEDICINES else (),
        opened=_has_more(listing),
    )
    return body, 422 if listing.form.errors else 200
