"""Pages of signing in."""

from flask import Blueprint

bp: Blueprint = Blueprint("accounts", __name__)

from booking.accounts.views import (  # noqa: E402
    address,
    confirming,
    own,
    own_ways,
    passkeys,
    patients,
    people,
    screen,
    staff,
    welcome,
)
from booking.accounts.views.proving import prove  # noqa: E402
from booking.accounts.views.refusals import note_refusal  # noqa: E402
from booking.accounts.views.shell import (  # noqa: E402
    begin,
    install,
    leave,
    seconds_left,
    sign_in_address,
    step_up,
)

BLUEPRINTS = (bp,)

__all__ = [
    "BLUEPRINTS",
    "address",
    "begin",
    "bp",
    "confirming",
    "install",
    "leave",
    "note_refusal",
    "own",
    "own_ways",
    "passkeys",
    "patients",
    "people",
    "prove",
    "screen",
    "seconds_left",
    "sign_in_address",
    "staff",
    "step_up",
    "welcome",
]
