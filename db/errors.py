"""What can go wrong, as one tree.

StockpulseError
├── SettingsError       a setting is missing, misspelt or out of range
├── DatabaseAway        the database cannot be reached or is shutting down: wait and try again
├── DatabaseRefused     the database answered no: privileges, missing relations, wrong version
├── BrokerAway          the broker cannot be reached
├── BrokerRefused       the broker answered no: message too large, topic not allowed
├── OffsetsMismatch     the offsets in the database do not belong to what the broker holds
└── UsageError          a command was asked for something that cannot be done
"""


class StockpulseError(Exception):
    """Something a person can mend; its text is the one line they get to see."""


class SettingsError(StockpulseError):
    """A setting is missing, misspelt or out of range."""


class DatabaseAway(StockpulseError):
    """The database cannot be reached or is shutting down."""


class DatabaseRefused(StockpulseError):
    """The database answered no."""


class BrokerAway(StockpulseError):
    """The broker cannot be reached."""


class BrokerRefused(StockpulseError):
    """The broker answered no."""


class OffsetsMismatch(StockpulseError):
    """The offsets in the database do not belong to what the broker holds."""


class UsageError(StockpulseError):
    """A command was asked for something that cannot be done."""
