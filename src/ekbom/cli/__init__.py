"""The shell: one command a file, thin."""
