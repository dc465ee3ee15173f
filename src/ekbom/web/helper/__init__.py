"""The helper's pages, and the page on which a person asks their helper."""
