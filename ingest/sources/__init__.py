"""Sources of ticks: one file for each kind of file or venue that can be published to Kafka."""
