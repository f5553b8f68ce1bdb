"""Kafka: clients, topics, the loader's consumer, the publishers' producer, lag."""
