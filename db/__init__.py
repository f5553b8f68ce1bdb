"""The database: its migrations and queries, connections to it, and its errors."""
