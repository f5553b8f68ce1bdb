"""Carries ticks: publishers put them on Kafka, the loader stores them exactly once."""
