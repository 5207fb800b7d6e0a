"""The pages of those who review forms."""

from flask import Blueprint

staff = Blueprint("intake", __name__)
