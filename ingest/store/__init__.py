"""The loader's side of the database: one transaction per batch."""
