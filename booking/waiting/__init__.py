"""The waiting list and its offers."""
