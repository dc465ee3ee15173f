"""Whether to start, what to mind and what to do tonight: rules as tables with their sources."""
