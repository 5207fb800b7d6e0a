"""After booking: what was booked, how to get in, and the one chance to mend a mistyped address."""

from typing import Any, NamedTuple
from uuid import UUID

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, public
from booking.access.policy import Role
from booking.accounts import actions as accounts
from booking.accounts import views as sign_in
from booking.appointments import actions, emails, rules
from booking.appointments.forms import AddressForm
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Status
from booking.appointments.views import rows, site
from booking.appointments.views.site import bp
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import AlreadyTaken, BadInput, NotFound


class Entry(NamedTuple):
    """The way to what was booked; `token` is None for whoever is signed in."""

    visit: UUID
    token: str | None


def let_in(booked: Appointment, *, by_mail: bool = False) -> Entry:
    """Start the session of the browser that booked, in the transaction that books.

    `by_mail` says that it booked by a mailed link. Whoever came by one to another visit on the
    same record reads that mailbox, too.
    """
    actor, token = current_actor(), None
    if actor.by_mail and queries.record_for(actor, booked.patient.public_id) is not None:
        by_mail = True
    if not actor.signed_in or actor.roles == {Role.VISIT_LINK}:
        token = accounts.start_visit_session(
            booked.id,
            by_mail=by_mail,
            now=clock.now(),
            instead_of=actor.session_id,
        )
    return Entry(booked.public_id, token)


def let_in_again(booked: Appointment, *, by_mail: bool = False) -> Any:
    """Let the browser in that pressed twice; `by_mail` as for `let_in`."""
    appointment_id = booked.id
    with transaction():
        entry = let_in(queries.appointment(appointment_id), by_mail=by_mail)
    return enter(entry)


def enter(entry: Entry) -> Any:
    """Let the browser that booked see and change the visit; who is signed in stays so."""
    if entry.token is not None:
        sign_in.begin(entry.token)
    session.pop(site.HOLD, None)
    session[site.BOOKED] = str(entry.visit)
    return redirect(url_for("appointments.done", visit=entry.visit), code=303)


@bp.get("/book/done/<uuid:visit>")
@public
def done(visit: UUID) -> Any:
    """Show what, when and where, to the browser that booked. Raises NotFound for any other.

    Left alone too long it is signed out like any other, and led to where a link is sent.
    """
    if _booked_here(visit) and not current_actor().signed_in:
        return redirect(url_for("accounts.patient_sign_in"), code=303)
    return _page(_just_booked(visit), AddressForm())


@bp.post("/book/done/<uuid:visit>/address")
@public
def correct_address(visit: UUID) -> Any:
    """Send the message to the right address; the links of the first one stop working."""
    booked = _just_booked(visit)
    if not _may_correct(booked):
        raise NotFound
    form = AddressForm()
    if not form.validate():
        return _page(booked, form)
    try:
        with transaction():
            actions.correct_address(
                current_actor(),
                queries.appointment(booked.id),
                form.email.data or "",
                now=clock.now(),
                base_url=site.base_url(),
            )
            site.readdressed(booked.patient_id, now=clock.now())
    except (AlreadyTaken, BadInput) as refused:
        form.email.errors = [_(refused.message)]
        return _page(booked, form)
    flash(_("We have sent it to the new address. Links in the first message no longer work."))
    return redirect(url_for("appointments.done", visit=visit), code=303)


def _booked_here(public_id: UUID) -> bool:
    return bool(session.get(site.BOOKED) == str(public_id))


def _just_booked(public_id: UUID) -> Appointment:
    if _booked_here(public_id) and current_actor().signed_in:
        booked = queries.by_public_id(public_id)
        if booked is not None:
            return booked
    return queries.appointment_for(current_actor(), public_id)


def _may_correct(booked: Appointment) -> bool:
    """Only the browser that typed the address, of a record made with it; never by a mailed link."""
    return (
        _booked_here(booked.public_id)
        and rules.made_together(record_at=booked.patient.created_at, booked_at=booked.created_at)
        and booked.standing(clock.now()) in (Status.BOOKED, Status.REQUESTED)
        and booked.starts_at > clock.now()
        and emails.wanted_by(booked.patient)
        and queries.confirmations_of(booked.id) < rules.CONFIRMATIONS_OF_A_VISIT
    )


def _page(booked: Appointment, form: AddressForm) -> tuple[str, int]:
    page = render_template(
        "appointments/patient/done.html",
        form=form,
        booked=booked,
        visit=rows.visit_of(booked),
        legs=rows.legs_of(booked),
        title=emails.title_of(booked),
        state=booked.standing(clock.now()).value,
        mailed=emails.wanted_by(booked.patient),
        may_correct=_may_correct(booked),
    )
    return page, 422 if form.errors else 200
