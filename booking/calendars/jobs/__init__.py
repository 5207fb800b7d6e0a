"""Background work of calendars, each module one kind; called by the worker, never by a page."""
