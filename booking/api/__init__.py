"""Machine interfaces to the same actions."""
