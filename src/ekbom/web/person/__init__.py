"""A person and their choices: language, reminders, accounts."""
