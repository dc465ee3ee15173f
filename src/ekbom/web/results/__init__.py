"""Progress while it runs, and the verdict when it is over."""
