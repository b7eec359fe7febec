"""State told again from the database."""
