"""Which appointment needs which message, and when."""
