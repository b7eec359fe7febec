"""Measuring the system against bare floors in the same run: `make bench`, `make bench-growth`; see README.md."""
