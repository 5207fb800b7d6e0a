"""The proof page: whether everything is as it should be, counted while it is opened."""

from typing import Any

from flask import current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.audit import actions as audit
from booking.audit.rules.clinic import OffersMeasured
from booking.audit.rules.upkeep import AuditVerified
from booking.clinic import queries as clinic
from booking.core import clock
from booking.core.db import transaction
from booking.core.settings import Settings
from booking.owner.queries import proof as queries
from booking.owner.rules.proof import p95, proofs
from booking.owner.views.blueprint import bp


@bp.get("/proof")
@needs(Permission.PROOF_READ)
def proof() -> Any:
    """Show each thing that must hold, how it stands now, and what to do where it does not."""
    settings: Settings = current_app.extensions["settings"]
    now = clock.now()
    return render_template(
        "owner/proof.html",
        proofs=proofs(queries.measured(settings, now=now), now=now),
        rehearsed=queries.rehearsals(now=now),
        invites=queries.sent_invites(now=now),
        zone=clinic.home_zone() if clinic.locations() else "UTC",
        now=now,
    )


@bp.post("/proof/run")
@needs(Permission.PROOF_READ)
def run_proof() -> Response:
    """Walk the audit from its first row to the last, and time the offers; keep both results."""
    now = clock.now()
    taken = queries.time_offers(now=now)
    broken = audit.verify()
    with transaction():
        audit.record(AuditVerified(broken=broken), by=current_actor(), at=now)
        if taken:
            measured = OffersMeasured(runs=len(taken), p95_ms=round(p95(taken)))
            audit.record(measured, by=current_actor(), at=now)
    return redirect(url_for("owner.proof"), code=303)
