"""What is missing before opening, what proves the clinic sound, what figures may show. Pure."""
