"""The owner's view of the audit: who did and saw what about one patient, as a page and a file."""

import csv
import io
from typing import Any
from uuid import UUID

from flask import Response, render_template

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts.views import step_up
from booking.appointments.queries.board import zone
from booking.audit import actions as audit
from booking.audit.rules.patients import OpeningsListed
from booking.core import clock
from booking.core.db import transaction
from booking.core.spreadsheets import cell
from booking.rights import queries
from booking.rights.views import bp
from booking.rights.views.deeds import deed, doer

ORIGIN = ("role", "session", "network", "request")


@bp.get("/records/<uuid:record>/openings")
@needs(Permission.AUDIT_READ)
def openings(record: UUID) -> Any:
    """Show who did and saw what about a patient, after a fresh code."""
    if (again := step_up()) is not None:
        return again
    patient, entries = queries.seen_and_done(record)
    shown = [(each.at, deed(each), doer(each)) for each in entries]
    page = render_template("rights/openings.html", patient=patient, entries=shown, zone=zone().key)
    _note(patient.id, "page")
    return page


@bp.get("/records/<uuid:record>/openings.csv")
@needs(Permission.AUDIT_READ)
def openings_file(record: UUID) -> Any:
    """Give the same as a file, for somebody who has the right to ask or an authority."""
    if (again := step_up()) is not None:
        return again
    patient, entries = queries.seen_and_done(record)
    out = io.StringIO()
    lines = csv.writer(out, quoting=csv.QUOTE_ALL)
    lines.writerow(["time (UTC)", "who", "what", "about", *ORIGIN])
    for each in entries:
        line = [each.at.isoformat(), cell(each.who), each.tag, cell(each.about)]
        lines.writerow([*line, *(each.origin.get(part, "") for part in ORIGIN)])
    answer = Response(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="openings.csv"'},
    )
    _note(patient.id, "file")
    return answer


def _note(patient_id: int, how: str) -> None:
    with transaction():
        audit.record(
            OpeningsListed(patient_id=patient_id, how=how), by=current_actor(), at=clock.now()
        )
