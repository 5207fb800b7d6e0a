"""What patients and the front desk write each other; the mail only says that something waits."""
