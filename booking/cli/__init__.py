"""Commands. Each calls one function and says in one line what it did."""

from booking.cli.install import install

__all__ = ["install"]
