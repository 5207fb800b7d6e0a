"""The languages there are words for. Pure."""

SOURCE = "en_GB"
"""The one the code is written in."""

NAMES = {SOURCE: "English (UK)", "en_US": "English (US)", "es": "Español"}
"""Locale to the language's name in itself."""
