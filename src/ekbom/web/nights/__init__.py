"""What to do tonight, and the diary: evening, morning, corrections, skipped nights."""
