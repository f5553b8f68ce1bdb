"""The endpoints of the services that StockPulse replaces."""
