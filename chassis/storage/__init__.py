"""What is kept, and how: the database, a transaction with its outbox, outcomes, orders, objects."""
