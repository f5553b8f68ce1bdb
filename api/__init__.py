"""REST API and chart page over the database."""
