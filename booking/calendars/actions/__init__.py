"""What can be done with calendars. Each function runs inside the caller's transaction."""
