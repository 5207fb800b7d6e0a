"""The owner's pages across all features."""

from booking.owner.views.blueprint import bp

BLUEPRINTS = (bp,)

from booking.owner.views import proof, reports, setting_up  # noqa: E402

__all__ = ["BLUEPRINTS", "bp", "proof", "reports", "setting_up"]
