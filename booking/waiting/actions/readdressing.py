"""Another address for somebody who waits: links mailed to the one before open nothing any more."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select

from booking.appointments.emails import wanted_by
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.mail import outbox
from booking.waiting import emails, queries
from booking.waiting.actions.steps import new_link
from booking.waiting.models import WaitingEntry, WaitingLink
from booking.waiting.rules import EntryState


def entries_of(patient_id: int) -> list[int]:
    """Return the places that one record has on the list."""
    wanted = select(WaitingEntry.id).where(
        WaitingEntry.patient_id == patient_id, WaitingEntry.state == EntryState.WAITING
    )
    return list(session().scalars(wanted))


def tell_anew(entry_ids: Collection[int], *, now: datetime, base_url: str) -> None:
    """Withdraw all links to these places, and tell of them at the address their records have now.

    Whoever has a time kept is told of that time instead. Where no mail is safe nothing is sent.
    """
    session().execute(delete(WaitingLink).where(WaitingLink.entry_id.in_(entry_ids)))
    wanted = select(WaitingEntry).where(
        WaitingEntry.id.in_(entry_ids), WaitingEntry.state == EntryState.WAITING
    )
    fresh = wanted.order_by(WaitingEntry.id).execution_options(populate_existing=True)
    for entry in session().scalars(fresh).all():
        _tell(entry, now=now, base_url=base_url)


def tell_of_record(patient_id: int, *, now: datetime, base_url: str) -> None:
    """The same for every place that one record has."""
    tell_anew(entries_of(patient_id), now=now, base_url=base_url)


def _tell(entry: WaitingEntry, *, now: datetime, base_url: str) -> None:
    ours, offer = clinic.organisation(), queries.open_offer(entry.id, now=now)
    keys = [f"waiting/joined:{entry.public_id}"]
    keys += [f"waiting/offer:{offer.public_id}"] if offer else []
    outbox.stop_keys(keys, now=now)  # what has not left for the address before
    if not wanted_by(entry.patient):
        return
    link = new_link(entry, now=now, base_url=base_url)
    draft = (
        emails.offered(offer, entry, clinic=ours, link=link)
        if offer
        else emails.joined(entry, clinic=ours, link=link)
    )
    outbox.enqueue(replace(draft, dedupe_key=f"{draft.dedupe_key}:{now:%Y%m%d%H%M%S%f}"), now=now)
