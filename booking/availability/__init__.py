"""Published hours, leave, open time and what is offered."""
