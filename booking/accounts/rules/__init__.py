"""What a password, a code, a link, a session and a pause must satisfy. Pure."""

from booking.accounts.rules.browsers import browser_words
from booking.accounts.rules.codes import STEP_SECONDS, fresh_step, nearby_steps
from booking.accounts.rules.links import (
    LINK_LIFETIME,
    LinkPurpose,
    LinkState,
    link_state,
)
from booking.accounts.rules.next_url import local_path
from booking.accounts.rules.passkeys import CHALLENGE_LIVES, LONGEST_PASSKEY_NAME
from booking.accounts.rules.passwords import (
    MAXIMUM,
    MINIMUM_ALONE,
    MINIMUM_WITH_CODE,
    PasswordProblem,
    Weakness,
    normalised,
    password_problem,
)
from booking.accounts.rules.sessions import (
    SEEN_EVERY,
    STEP_UP,
    USUAL,
    Limits,
    Patience,
    SessionKind,
    limits_of,
    session_ends_at,
    session_lives,
    worth_noting,
)
from booking.accounts.rules.throttle import (
    ACCOUNT,
    CODE,
    NETWORK,
    NEVER,
    REQUESTS,
    Schedule,
    counted,
    opens_at,
)

__all__ = [
    "ACCOUNT",
    "CHALLENGE_LIVES",
    "CODE",
    "LINK_LIFETIME",
    "LONGEST_PASSKEY_NAME",
    "MAXIMUM",
    "MINIMUM_ALONE",
    "MINIMUM_WITH_CODE",
    "NETWORK",
    "NEVER",
    "REQUESTS",
    "SEEN_EVERY",
    "STEP_SECONDS",
    "STEP_UP",
    "USUAL",
    "Limits",
    "LinkPurpose",
    "LinkState",
    "PasswordProblem",
    "Patience",
    "Schedule",
    "SessionKind",
    "Weakness",
    "browser_words",
    "counted",
    "fresh_step",
    "limits_of",
    "link_state",
    "local_path",
    "nearby_steps",
    "normalised",
    "opens_at",
    "password_problem",
    "session_ends_at",
    "session_lives",
    "worth_noting",
]
