"""Changes of the database as they are committed, given to any number of clients."""
