"""The one blueprint of these pages."""

from flask import Blueprint, current_app, url_for

from booking.core.settings import Settings

bp = Blueprint("calendars", __name__)


def feed_address(token: str) -> str:
    """Return the address to subscribe to, under the configured site."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + url_for("calendars.feed", token=token)
