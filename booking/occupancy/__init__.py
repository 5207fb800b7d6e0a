"""Which resource is taken when. Nothing else writes the table."""
