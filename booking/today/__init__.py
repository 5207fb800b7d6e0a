"""What the day asks of whoever works here: reception's Today, and a practitioner's own day."""
