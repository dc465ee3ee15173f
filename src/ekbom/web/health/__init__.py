"""Warning signs, complaints, and what changed about health or medicines."""
