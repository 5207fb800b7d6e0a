"""Named reads of forms."""
