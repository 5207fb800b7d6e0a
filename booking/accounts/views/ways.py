"""What pages about ways to sign in share: where passkeys are good, and word of a change."""

from flask import session

from booking.access.gate import current_actor
from booking.accounts import queries
from booking.accounts.actions.passkeys import Site
from booking.accounts.emails import Addressee, way_in_changed
from booking.accounts.views.browsers import know_patients_browser
from booking.accounts.views.shell import outside, settings
from booking.core import clock
from booking.core.tokens import new_token
from booking.mail import outbox


def site() -> Site:
    """Return where passkeys are good, for the browser that asks."""
    number = current_actor().session_id
    if number is None and "passkey" not in session:
        session["passkey"] = new_token()
    return Site(
        origin=settings().base_url,
        name=outside().clinic_words()[0],
        browser=f"session {number}" if number is not None else session["passkey"],
    )


def tell_of_change(what: str) -> None:
    """Mail whoever is signed in that a way in was changed; inside the transaction that did."""
    actor = current_actor()
    if actor.user_id is not None:
        who = queries.user(actor.user_id)
        to: Addressee | None = Addressee(key=f"user:{who.id}", name=who.name, email=who.email)
    else:
        to = outside().reach(actor.person_id or 0)
        know_patients_browser(actor.person_id or 0)  # this browser made the way in itself
    if to is not None:
        now = clock.now()
        letter = way_in_changed(to, what, frame=outside().mail_frame(), now=now)
        outbox.enqueue(letter, now=now)
