"""The native API under /v1, in the dialect of Alpaca."""
