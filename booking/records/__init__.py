"""Patients' records at the desk: find, correct, join those of one person, and part them again."""
