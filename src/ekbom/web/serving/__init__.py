"""Running the application: where it listens, with which certificate, and what it does daily."""
