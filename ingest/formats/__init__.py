"""Message formats: from the bytes of a message to ticks, and from ticks to COPY."""
