"""Named reads across all features: for the set-up, the proof and the reports."""
