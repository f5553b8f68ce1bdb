"""Messages on their way to one transaction."""
