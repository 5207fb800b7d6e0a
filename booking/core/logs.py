"""Structured logs with an allow-list: event, ids, counts and codes; nothing anybody typed."""

import json
import logging
import sys
import time
import traceback
from types import TracebackType

from flask import Flask, Response, g, request

ALLOWED = frozenset(
    {"event", "request_id", "route", "endpoint", "method", "status", "code", "count", "kind", "ms"}
)


class JsonLines(logging.Formatter):
    """One JSON object a line; keys outside the allow-list are dropped, tracebacks carry no values.

    A record's message is kept only when its `extra` names no event: then it comes from a library.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "from": record.name,
        }
        line.update({key: record.__dict__[key] for key in ALLOWED if key in record.__dict__})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = frames(record.exc_info[2])
        elif "event" not in line and record.name.startswith(("gunicorn", "alembic")):
            line["text"] = record.getMessage()
        return json.dumps(line)


def frames(trace: TracebackType | None) -> list[str]:
    """Return file, line and function of each frame; no source lines, no values."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]


def install() -> None:
    """Send everything of level INFO and above to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # its lines hold raw paths, and so tokens
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


def note_requests(app: Flask) -> None:
    """Log each answer by its route's template: never the raw path or query, which hold tokens."""
    log = logging.getLogger("booking.requests")

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "(none)"
        took = round(1000 * (time.perf_counter() - g.get("begun", time.perf_counter())))
        line = {"event": "request", "route": route, "method": request.method, "ms": took}
        line["request_id"] = g.get("request_id", "")  # the audit has it too
        log.info("request", extra={**line, "status": response.status_code})
        return response
