"""Looking at everything that an installation needs, and saying what to do about what is wrong."""
