"""What calendars hold: feeds, calendars kept elsewhere, copies of visits."""
