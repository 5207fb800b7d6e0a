"""Booking: what, when, who, check. No account, no script; every step is an address."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, public
from booking.appointments import actions, rules
from booking.appointments.forms import AboutYouForm, CheckForm
from booking.appointments.models import Hold
from booking.appointments.queries import patient as queries
from booking.appointments.queries.terms import terms as terms_for
from booking.appointments.queries.terms import terms_by_practitioner
from booking.appointments.views import choosing, rows, site, who
from booking.appointments.views import done as done_page
from booking.appointments.views.asked import Notice
from booking.appointments.views.site import bp
from booking.clinic import queries as clinic
from booking.clinic.models import BookingMode, Service
from booking.core import clock
from booking.core.db import session as rows_of
from booking.core.db import transaction
from booking.core.errors import (
    AlreadyTaken,
    BadInput,
    BookingError,
    HoldOver,
    NotOffered,
    TooManyTries,
    WrongState,
)
from booking.core.translating import locale_now

PAGES = "appointments/patient"


@bp.get("/book")
@public
def choose_visit() -> str:
    """Say what can be booked: outward name, length, price and a line each."""
    shown = [(service, _reached(service)) for service in clinic.services()]
    kept = who.live()
    return render_template(
        f"{PAGES}/choose_visit.html",
        services=shown,
        kept=kept,
        visit=rows.visit_of_hold(kept) if kept else None,
    )


@bp.get("/book/<uuid:service>/times")
@public
def choose_time(service: UUID) -> Any:
    """Show the soonest time and a week of times. Reading only."""
    return choosing.show(who.asked_for(service))


@bp.post("/book/<uuid:service>/times")
@public
def take_time(service: UUID) -> Any:
    """Keep a time from this moment on, and go on to who she is."""
    asked = who.asked_for(service)
    try:
        choosing.keep_slot(asked, typed=who.known_as(asked))
    except BookingError as refused:
        return choosing.refused(asked, refused)
    return redirect(who.after_keeping(), code=303)


@bp.get("/book/about-you")
@public
def about_you() -> Any:
    """Ask for name, e-mail and mobile, and how it is safe to reach her."""
    kept = who.kept()
    if kept is None:
        return redirect(url_for("appointments.choose_visit"), code=303)
    typed = kept.typed or {}
    form = _about_form(typed if "name" in typed else {"channels": ["email"]})
    return _about_page(kept, form, choosing.over(kept))


@bp.post("/book/about-you")
@public
def save_about_you() -> Any:
    """Keep what was typed, and go on once it can be used. "10 more minutes" comes here too."""
    form = _about_form({})
    kept = who.kept()
    if kept is None:
        return _nothing_kept(form)
    _save(kept, form)
    kept = who.kept()
    if kept is None or request.form.get("go") == "let-go":
        return _let_go(kept)
    try:
        if request.form.get("go") == "more":
            choosing.extend(kept)
            return _about_page(kept, form)
    except HoldOver as over:
        return _about_page(kept, form, over)
    if not form.validate() or choosing.over(kept):
        return _about_page(kept, form, choosing.over(kept))
    try:
        actions.ensure_person_may_keep(kept, now=clock.now())
    except TooManyTries as many:
        return _about_page(kept, form, many)
    return redirect(url_for("appointments.check"), code=303)


@bp.get("/book/check")
@public
def check() -> Any:
    """Show everything once more before booking."""
    kept = who.kept()
    if kept is None:
        return redirect(url_for("appointments.choose_visit"), code=303)
    if not who.complete(kept):
        return redirect(url_for("appointments.about_you"), code=303)
    return _check_page(kept, _check_form(kept), choosing.over(kept))


@bp.get("/book/younger")
@public
def younger() -> str:
    """Say that a younger person's visit is arranged by phone. The kept time stays until let go."""
    kept = who.kept()
    if kept is not None and choosing.over(kept):
        kept = None
    return render_template(
        f"{PAGES}/younger.html",
        form=_check_form(kept),
        kept=kept,
        visit=rows.visit_of_hold(kept) if kept else None,
        may_check=kept is not None and who.complete(kept),
    )


@bp.post("/book/check")
@public
def book() -> Any:
    """Book. The same form sent twice leads to the first result; a lost time to three near ones."""
    kept = who.kept()  # before its result, which is there once the hold is not
    form = _check_form(kept)
    if (done := queries.booked_with(form.nonce.data or "")) is not None:
        return done_page.let_in_again(done)
    if kept is None:
        return _nothing_kept(form)
    return _not_yet(kept, form) or _book(kept, form)


def _not_yet(kept: Hold, form: CheckForm) -> Any:
    """Return the answer to everything that is not "book this now, as shown"; else None."""
    if not who.complete(kept):
        return redirect(url_for("appointments.about_you"), code=303)
    if form.nonce.data != str(kept.public_id):  # a page from before she chose another time
        flash(_("You chose another time since that page. Please check it once more."))
        return redirect(url_for("appointments.check"), code=303)
    if (go := request.form.get("go")) == "let-go":
        return _let_go(kept)
    if (over := _extended(kept) if go == "more" else choosing.over(kept)) is not None:
        return _check_page(kept, form, over)
    return _check_page(kept, form) if go == "more" or not form.validate() else None


def _book(kept: Hold, form: CheckForm) -> Any:
    public_id, typed = kept.public_id, kept.typed
    try:
        with transaction():
            booked = actions.book(
                current_actor(),
                public_id,
                typed,
                nonce=str(public_id),
                now=clock.now(),
                base_url=site.base_url(),
            )
            entry = done_page.let_in(booked)
    except BadInput:
        return redirect(url_for("appointments.about_you"), code=303)
    except WrongState as why:  # her record was joined to another at this very moment
        flash(_(why.message))
        return redirect(url_for("appointments.about_you"), code=303)
    except (AlreadyTaken, HoldOver, NotOffered) as lost:
        again = who.kept()
        return _nothing_kept(form) if again is None else _check_page(again, form, lost)
    return done_page.enter(entry)


def _reached(service: Service) -> str:
    """Return how a visit comes about: "phone", "known" (not for new patients), "request" or ""."""
    found = terms_by_practitioner(service.id).values()
    online = [each for each in found if each.mode is not BookingMode.PHONE]
    if not online:
        return "phone"
    if not any(each.new_patients for each in online):
        return "known"
    return "request" if all(each.mode is BookingMode.REQUEST for each in online) else ""


def _save(kept: Hold, form: AboutYouForm) -> None:
    public_id = kept.public_id
    with transaction():
        if (mine := queries.hold(public_id)) is not None:
            actions.save_typed(mine, {**form.typed, "language": locale_now()})


def _extended(kept: Hold) -> HoldOver | None:
    try:
        choosing.extend(kept)
    except HoldOver as over:
        return over
    return None


def _let_go(kept: Hold | None) -> Any:
    if kept is None:
        return redirect(url_for("appointments.choose_visit"), code=303)
    service = rows_of().get_one(Service, kept.service_id).public_id
    choosing.let_go(kept)
    session.pop(site.HOLD, None)
    return redirect(url_for("appointments.choose_time", service=service), code=303)


def _about_form(typed: dict[str, Any]) -> AboutYouForm:
    return AboutYouForm(region=clinic.organisation().region, data=typed)


def _check_form(kept: Hold | None) -> CheckForm:
    return CheckForm(data={"nonce": str(kept.public_id) if kept else ""})


def _about_page(kept: Hold, form: AboutYouForm, why: BookingError | None = None) -> Any:
    return _page("about_you", kept, form, why)


def _check_page(kept: Hold, form: CheckForm, why: BookingError | None = None) -> Any:
    shown = {"rows": rows.of_typed(current_actor(), kept.typed or {})}
    return _page("check", kept, form, why, **shown)


def _page(
    name: str, kept: Hold, form: Any, why: BookingError | None, **shown: Any
) -> tuple[str, int]:
    service = rows_of().get_one(Service, kept.service_id)
    asked = who.asked_for(service.public_id)
    terms = terms_for(kept.service_id, kept.practitioner_id)
    notice: Notice | None = choosing.lost(asked, kept, why) if why else None
    status = why.status if why else 422 if form.errors else 200
    page = render_template(
        f"{PAGES}/{name}.html",
        form=form,
        kept=kept,
        visit=rows.visit_of_hold(kept),
        together=[rows.visit_of_hold(each) for each in queries.kept_together(kept)],
        asked=asked,
        notice=notice,
        has_error=notice is not None,
        terms=terms,
        requested=terms.mode is BookingMode.REQUEST,
        answer_by=rules.answer_by(
            now=clock.now(), minutes=terms.request_minutes, starts_at=kept.starts_at
        ),
        **shown,
    )
    return page, status


def _nothing_kept(form: Any) -> tuple[str, int]:
    """Say that the time went back long ago. What was typed just now is shown, to be copied."""
    error = HoldOver()
    page = render_template(
        f"{PAGES}/nothing_kept.html", form=None, typed=form, message=_(error.message)
    )
    return page, error.status
