"""What the script says of a kept time: its page was left, or is open again. No page needs it."""

from flask import Response, request
from flask_babel import ngettext

from booking.access.gate import public
from booking.appointments import actions
from booking.appointments.models import Hold
from booking.appointments.queries import patient as queries
from booking.appointments.views import site
from booking.appointments.views.site import bp
from booking.clinic.models import Location
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.errors import HoldOver
from booking.core.words import clock_words


@bp.post("/book/leaving")
@public
def leaving() -> Response:
    """Let the kept time go back soon, or with `go=back` keep it as before and say until when."""
    kept = site.kept()
    if kept is None:
        return Response(status=204)
    public_id, now, back = kept.public_id, clock.now(), request.form.get("go") == "back"
    act = actions.resume_hold if back else actions.shorten_hold
    try:
        with transaction():
            if (mine := queries.hold(public_id)) is not None:
                act(mine, now=now)
    except HoldOver:
        return Response(status=204)
    mine = queries.hold(public_id) if back else None
    return Response(_words(mine), mimetype="text/plain") if mine else Response(status=204)


def _words(kept: Hold) -> str:
    zone = session().get_one(Location, kept.location_id).zone
    until = clock_words(kept.expires_at, zone)
    return str(
        ngettext(
            "We are keeping this time for you until %(time)s.",
            "We are keeping these %(num)s times for you until %(time)s.",
            len(queries.kept_together(kept)),
            time=until,
        )
    )
