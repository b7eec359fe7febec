"""Parked messages and refused rows, for the people who run the system. How to: docs/runbooks/dead-letters.md."""
