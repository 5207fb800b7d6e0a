"""Care around a loss."""
