"""Use cases of signing in, one function each. All write inside the caller's transaction."""

from booking.accounts.actions.demo import create_demo_link, enter_demo
from booking.accounts.actions.links import create_link, create_owner_link, use_up
from booking.accounts.actions.patients import enter_patient, request_sign_in_link
from booking.accounts.actions.people import (
    Invited,
    accept_invitation,
    invite,
    join,
    let_back,
    offer_fresh_start,
    resend,
    revoke,
    start_afresh,
    stop,
)
from booking.accounts.actions.second_factor import (
    Checked,
    Outcome,
    Picture,
    check_code,
    check_recovery_code,
    enrol,
    new_recovery_codes,
    setup_picture,
    setup_uri,
)
from booking.accounts.actions.sessions import (
    end_session,
    end_sessions_of_user,
    note_seen,
    start_person_session,
    start_staff_session,
    start_visit_session,
)
from booking.accounts.actions.staff import (
    begin_sign_in,
    checked_password,
    hashed_password,
    request_new_password,
    set_new_password,
)

__all__ = [
    "Checked",
    "Invited",
    "Outcome",
    "Picture",
    "accept_invitation",
    "begin_sign_in",
    "check_code",
    "check_recovery_code",
    "checked_password",
    "create_demo_link",
    "create_link",
    "create_owner_link",
    "end_session",
    "end_sessions_of_user",
    "enrol",
    "enter_demo",
    "enter_patient",
    "hashed_password",
    "invite",
    "join",
    "let_back",
    "new_recovery_codes",
    "note_seen",
    "offer_fresh_start",
    "request_new_password",
    "request_sign_in_link",
    "resend",
    "revoke",
    "set_new_password",
    "setup_picture",
    "setup_uri",
    "start_afresh",
    "start_person_session",
    "start_staff_session",
    "start_visit_session",
    "stop",
    "use_up",
]
