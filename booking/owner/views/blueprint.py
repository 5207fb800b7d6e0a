"""The blueprint of the owner's pages across all features."""

from flask import Blueprint

bp = Blueprint("owner", __name__)
