"""Permissions, roles and actors: pure."""
