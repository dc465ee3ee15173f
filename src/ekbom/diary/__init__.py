"""What the person answered: nights, entries, and the readers of other people's exports."""
