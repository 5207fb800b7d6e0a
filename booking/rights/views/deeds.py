"""What the audit records about a patient, in words for the owner's page."""

from flask_babel import gettext as _

from booking.core.errors import N_
from booking.rights.queries import Entry

DEEDS = {
    "appointment:booked": N_("Visit booked"),
    "appointment:call-asked": N_("Asked to be called"),
    "appointment:video-address": N_("Changed where to meet by video"),
    "appointment:cancelled": N_("Visit cancelled"),
    "appointment:change-asked": N_("Asked for a change of the visit"),
    "appointment:moved": N_("Visit moved"),
    "appointment:overlap": N_("Booked over other time, with a reason"),
    "appointment:request-answered": N_("Request answered"),
    "appointment:requested": N_("Visit asked for"),
    "appointment:status": N_("Visit marked"),
    "audit:listed": N_("Looked at this list"),
    "care:changed": N_("Said that something has changed, or took it back"),
    "consent:recorded": N_("Read, allowed, declined or took back something"),
    "conversation:opened": N_("Read the messages"),
    "conversation:settled": N_("Found that the messages need no answer"),
    "conversation:written": N_("Wrote a message"),
    "day:opened": N_("Looked at the day"),
    "delay:noted": N_("Said that somebody runs late"),
    "intake:confirmed": N_("Typed answers confirmed"),
    "intake:copied": N_("Took a copy of the form"),
    "intake:decision": N_("Decided on a flag"),
    "intake:flag": N_("Flag raised"),
    "intake:flag-handled": N_("Rang about a flag"),
    "intake:opened": N_("Opened the form"),
    "intake:practitioner-reminded": N_("Asked the practitioner to look"),
    "intake:saved": N_("Answers saved"),
    "intake:sent": N_("Form sent"),
    "intake:state": N_("Review moved on"),
    "intake:typed": N_("Typed the answers"),
    "patient:address-corrected": N_("E-mail address corrected"),
    "patient:clock-chosen": N_("Clock chosen"),
    "patient:corrected": N_("Contact details corrected"),
    "patient:desk-code": N_("Gave a code for own answers"),
    "patient:emergency": N_("Emergency opening"),
    "patient:erased": N_("Record erased"),
    "patient:invites-chosen": N_("Chose what calendar entries show"),
    "patient:joined": N_("Joined with another record"),
    "patient:legal-hold": N_("Legal hold placed or lifted"),
    "patient:opened": N_("Opened the record"),
    "patient:own-address": N_("Own e-mail address changed"),
    "patient:parted": N_("Parted from another record"),
    "patient:record-taken": N_("Took away the own record"),
    "reading:changed": N_("Right to read given or ended"),
    "visit:line": N_("Noted what came of an offer at the visit"),
    "visit:opened": N_("Opened the visit"),
    "waiting:changed": N_("Place on the waiting list changed"),
    "worklist:done": N_("Dealt with a call or message"),
}
"""By the tags of `audit.rules`. A test finds one that is about a patient and stands not here."""


def deed(entry: Entry) -> str:
    """Return what was done, in words."""
    return str(_(DEEDS[entry.tag]))


def doer(entry: Entry) -> str:
    """Return who did it: a name, or which kind of somebody."""
    kind = entry.who.partition(":")[0]
    if kind in {"person", "visit-link", "stranger"}:
        return str(_("the patient"))
    return str(_("by itself")) if kind == "system" else entry.who


def with_part(entry: Entry) -> str:
    """Return the name of somebody on the staff, with what she was here when she did it."""
    words = {"owner": _("owner"), "practitioner": _("practitioner"), "reception": _("reception")}
    parts = [str(words[role]) for role in entry.origin.get("role", "").split() if role in words]
    return ", ".join([entry.who, *parts])
