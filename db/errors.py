"""Base of the errors that a person can correct; the others stand in the modules that raise them.

StockpulseError
├── SettingsError       a setting is missing, misspelt or out of range
├── UsageError          a command was given something that cannot be done
├── DatabaseAway        db.connect: the database cannot be reached or is shutting down
├── DatabaseRefused     db.connect: the database refused: privileges, missing relations, version
│   ├── LoginRefused    a wrong password, an unknown database
│   ├── IsPooled        a pooler is between, and a session of its own is needed
│   ├── IsStandby       the server is a standby, and the command writes
│   └── FormerPrimary   ingest.store.timeline: another server has taken over from this one
├── BrokerAway          ingest.kafka.client: no broker can be reached
├── BrokerRefused       ingest.kafka.client: the broker refused: too large, not allowed
├── VenueAway           ingest.download.venue: the venue cannot be reached
└── OffsetsMismatch     ingest.loader.start_offsets: stored offsets do not belong to the topic
"""


class StockpulseError(Exception):
    """An error that a person can correct; its text is the one line that is printed."""


class SettingsError(StockpulseError):
    """A setting is missing, misspelt or out of range."""


class UsageError(StockpulseError):
    """A command was given something that cannot be done."""
