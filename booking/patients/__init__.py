"""Contact details, safe channels and who is who."""
