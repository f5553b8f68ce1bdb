"""Publishers: whatever puts ticks on Kafka."""
