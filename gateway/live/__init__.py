"""What is new, told to open pages: docs/decisions/0033-live-pages.md."""
