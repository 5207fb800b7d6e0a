"""Pages of the questions before a visit, and of their review."""

from flask import Blueprint

from booking.intake.views import (
    again,
    choices,
    export,
    handing,
    patient,
    practitioner,
    reception,
    recording,
    sending,
    setup,
    typing,
    wording,
)
from booking.intake.views.frame import bp as questions
from booking.intake.views.staff import staff

BLUEPRINTS: tuple[Blueprint, ...] = (questions, staff)
__all__ = [
    "BLUEPRINTS",
    "again",
    "choices",
    "export",
    "handing",
    "patient",
    "practitioner",
    "reception",
    "recording",
    "sending",
    "setup",
    "typing",
    "wording",
]
