"""The feed itself: read by calendar programs, which sign in nowhere and keep no cookie."""

import hashlib

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from booking.access.gate import public
from booking.calendars.queries import feeds as queries
from booking.calendars.views.blueprint import bp
from booking.clinic import queries as clinic
from booking.core import clock
from booking.mail.invite import feed_bytes


@bp.get("/calendar/feed/<string:token>.ics")
@public
def feed(token: str) -> Answer:
    """Give the calendar behind an address; 304 without a body while it is as the reader has it."""
    found = queries.feed_of_token(token)
    content = feed_bytes(
        queries.entries(found, now=clock.now()), name=clinic.organisation().outward_name
    )
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.set_etag(hashlib.sha256(content).hexdigest())
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer.make_conditional(request)
