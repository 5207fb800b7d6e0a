"""Pages of the questions before a visit, and of their review."""

from flask import Blueprint

from booking.intake.views import again, patient, sending
from booking.intake.views.frame import bp as questions

BLUEPRINTS: tuple[Blueprint, ...] = (questions,)
__all__ = ["BLUEPRINTS", "again", "patient", "sending"]
