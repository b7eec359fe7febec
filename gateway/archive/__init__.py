"""The package by which a municipality archives a list: its answer, the letters, and what they are."""
