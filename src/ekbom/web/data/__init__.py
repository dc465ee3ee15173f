"""A person's data: export, import, backup, deletion, earlier trials."""
