"""The one blueprint of these pages."""

from flask import Blueprint

bp = Blueprint("availability", __name__)
