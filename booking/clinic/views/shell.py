"""What the owner's pages of the clinic share."""

from typing import Any

from flask import current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.clinic import queries
from booking.clinic.actions import NewResource


def new_resource() -> NewResource:
    """Return how a room or a practitioner becomes something that can be taken."""
    handed: NewResource = current_app.extensions["clinic.new_resource"]
    return handed


def setting_up() -> bool:
    """Tell whether nothing can be booked yet: then pages lead back to the steps of the set-up."""
    return not queries.services()


def page(template: str, **shown: Any) -> Any:
    """Render an owner's page; a form with errors makes it 422."""
    form = shown.get("form")
    body = render_template(f"clinic/{template}.html", setting_up=setting_up(), **shown)
    return body, 422 if form is not None and form.errors else 200


def saved(endpoint: str, **where: Any) -> Response:
    """Go on after saving: to the next step while the clinic is being set up, else back."""
    if setting_up():
        return redirect(url_for("owner.set_up"), code=303)
    return redirect(url_for(endpoint, **where), code=303)
