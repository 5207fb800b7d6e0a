"""What can be done with a form: one function per use case."""
