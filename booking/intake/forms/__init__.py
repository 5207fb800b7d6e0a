"""Forms of the questions and of their review: syntax only."""
