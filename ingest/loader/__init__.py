"""The loader: polls messages, fills batches and has them stored."""
