"""The outbox, and everything that turns a row into a delivered message."""
