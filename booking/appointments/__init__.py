"""Hold, book, move, cancel, check in; the day board; links to a visit."""
