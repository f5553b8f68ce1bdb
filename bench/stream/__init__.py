"""Measures the stream: from produce to client, and the memory of many clients."""
