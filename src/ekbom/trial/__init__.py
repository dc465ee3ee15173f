"""The trial folder, its events and its blinding."""
