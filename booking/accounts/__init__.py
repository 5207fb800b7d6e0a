"""Staff and patient sign-in, sessions, invitations, throttle."""
