"""What the owner does for the clinic as a whole: set it up, see that it is sound, read figures."""
