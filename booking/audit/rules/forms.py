"""What happened to forms, answers and what follows from them."""

from dataclasses import dataclass

from booking.audit.rules.event import Event


@dataclass(frozen=True, kw_only=True)
class FormsListed(Event):
    """Somebody on the staff looked at the list of forms."""

    tag = "forms:listed"
    forms: int


@dataclass(frozen=True, kw_only=True)
class AnswersSaved(Event):
    """A version of answers was stored."""

    tag = "intake:saved"
    form_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class AnswersOpened(Event):
    """Somebody opened answers; `view` is "patient", "reception" or "practitioner"."""

    tag = "intake:opened"
    form_id: int
    version: int
    view: str


@dataclass(frozen=True, kw_only=True)
class AnswersCopied(Event):
    """Somebody took a copy of answers; `kind` is "fhir", "json" or "pdf"."""

    tag = "intake:copied"
    form_id: int
    version: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class QuestionsChanged(Event):
    """The owner changed what is asked: "loaded", "reworded", "used", "approved", "switched"."""

    tag = "intake:questions"
    change: str
    version: str


@dataclass(frozen=True, kw_only=True)
class FormTyped(Event):
    """Staff typed the answers for her."""

    tag = "intake:typed"
    form_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class FormConfirmed(Event):
    """What staff had typed was gone through and found right."""

    tag = "intake:confirmed"
    form_id: int


@dataclass(frozen=True, kw_only=True)
class PractitionerReminded(Event):
    """Reception asked a practitioner to look at what waits for her."""

    tag = "intake:practitioner-reminded"
    form_id: int


@dataclass(frozen=True, kw_only=True)
class FormSent(Event):
    """The patient sent the form."""

    tag = "intake:sent"
    form_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class FormStateChanged(Event):
    """The review moved on: claimed, asked back, done by reception, ready."""

    tag = "intake:state"
    form_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class FlagRaised(Event):
    """A rule fired. The rule's id is not a health word; the answer is not here."""

    tag = "intake:flag"
    form_id: int
    flag_id: int


@dataclass(frozen=True, kw_only=True)
class FlagHandled(Event):
    """Reception rang, as an urgent flag asks."""

    tag = "intake:flag-handled"
    form_id: int
    flag_id: int


@dataclass(frozen=True, kw_only=True)
class DecisionRecorded(Event):
    """A practitioner decided on a flag."""

    tag = "intake:decision"
    form_id: int
    flag_id: int


@dataclass(frozen=True, kw_only=True)
class ConsentRecorded(Event):
    """She read, allowed, declined or took back something; what it was is in the record."""

    tag = "consent:recorded"
    consent_id: int


@dataclass(frozen=True, kw_only=True)
class ReadingChanged(Event):
    """A practitioner may read a record's forms, or no more: `what` is "given" or "ended"."""

    tag = "reading:changed"
    practitioner_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class PatientsHandedOver(Event):
    """The owner handed one practitioner's patients over to another."""

    tag = "reading:handed-over"
    practitioner_id: int
    to_id: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class UnfinishedDeleted(Event):
    """Forms that were begun and never sent were deleted, this many."""

    tag = "retention:unfinished"
    forms: int
