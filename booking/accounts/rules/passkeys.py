"""Passkeys: how long a challenge is good, and how long a name may be."""

from datetime import timedelta

CHALLENGE_LIVES = timedelta(minutes=5)
"""From the press of the button to the answer of the device."""

LONGEST_PASSKEY_NAME = 60
"""Characters."""
