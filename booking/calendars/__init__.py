"""Private feeds, calendar servers, replies."""
