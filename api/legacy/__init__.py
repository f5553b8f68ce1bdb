"""The endpoints of the legacy services, which StockPulse replaces."""
