"""What every feature stands on: clock, database, sealing, intervals, errors, settings."""
