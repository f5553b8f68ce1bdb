"""State of the service: is it alive, is it ready, which version."""
