"""Pages of calendars: the feeds themselves, a practitioner's page, a patient's page."""

from booking.calendars.views import feeds, patient, practitioner
from booking.calendars.views.blueprint import bp

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "feeds", "patient", "practitioner"]
