"""Questionnaire, answers, flags and review."""
