"""State of the database and the broker, read by threads of their own, served to Prometheus."""
