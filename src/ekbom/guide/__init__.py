"""What to do tonight, what is missing and when to be reminded: folder and clock, nothing else."""
