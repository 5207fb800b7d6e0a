"""Every error the product raises on purpose. One handler in `booking.app` turns them into pages.

A message is a translatable English sentence that says what to do next; mark it with `N_` so that
it is found for translation, and translate it where it is shown.
"""

from collections.abc import Sequence


def N_(message: str) -> str:  # noqa: N802 - the customary name for "translate later"
    """Mark `message` for translation and return it unchanged."""
    return message


class BookingError(Exception):
    """Something the product explains to the person instead of doing it.

    `status` is the HTTP status of the page that explains it; `message` an untranslated sentence.
    """

    status = 400
    default = N_(
        "Something about this does not fit. Nothing was changed. Please go back and try once more."
    )

    def __init__(self, message: str = "") -> None:
        self.message = message or self.default
        super().__init__(self.message)


class NotFound(BookingError):
    """Missing, or not yours: the two look the same."""

    status = 404
    default = N_("We could not find that page. The link may be old, or cut short.")


class NotAllowed(BookingError):
    """Known person, but not for this."""

    status = 403
    default = N_("This page belongs to someone else's work. Ask the clinic's owner if you need it.")


class SignInNeeded(BookingError):
    """Nobody is signed in; pages redirect to the right sign-in."""

    status = 401
    default = N_("Please sign in first.")


class LinkOver(BookingError):
    """A mailed link that is unknown, used, expired or withdrawn: all look the same."""

    status = 410
    default = N_("This link has been used or is no longer current.")


class BadInput(BookingError):
    """Syntax is fine, but the values cannot be used."""

    status = 422
    default = N_("Please check what you entered. Nothing you typed is lost.")


class TooLate(BookingError):
    """The window for doing this online has closed."""

    status = 409
    default = N_("This can no longer be done online. Please call the clinic.")


class WrongState(BookingError):
    """The thing has moved on meanwhile (already cancelled, already sent, already started)."""

    status = 409
    default = N_("This has changed since you opened the page, so we left it as it is.")


class NotOffered(BookingError):
    """The asked time is not among the offers (outside hours, past, in a clock change, …)."""

    status = 409
    default = N_("That time is not free to book. Nothing was booked.")


class AlreadyTaken(BookingError):
    """Somebody else has the time. Carries the resource ids that were refused, if known."""

    status = 409
    default = N_("Someone else took this time a moment ago. Nothing was booked.")

    def __init__(self, message: str = "", *, resources: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.resources = tuple(resources)


class HoldOver(BookingError):
    """The time was kept for a while and is free again."""

    status = 409
    default = N_("We kept this time as long as we could. Please choose a time again.")


class TooManyTries(BookingError):
    """Slow down; `retry_after` is in whole seconds."""

    status = 429
    default = N_("That was tried too often. Please wait a little and try again.")

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(BookingError):
    """The database is kept by somebody else for longer than a person waits, or is away."""

    status = 503
    default = N_("We are very busy this minute. Nothing was changed. Please try again shortly.")
    retry_after = 10


class SealBroken(BookingError):
    """Sealed data could not be opened: wrong key, or changed from outside."""

    status = 500
    default = N_(
        "This could not be opened safely. Please tell the clinic, so that its owner can look at it."
    )


class UnsafeSettings(Exception):
    """The settings would make an unsafe production start; the text says what to mend."""
