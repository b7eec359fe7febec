"""What the tests' fixtures are made of."""
