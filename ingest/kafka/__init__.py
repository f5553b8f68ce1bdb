"""Clients of Kafka: consumer, producer, topics."""
