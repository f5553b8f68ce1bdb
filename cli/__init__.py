"""The `stockpulse` command."""
