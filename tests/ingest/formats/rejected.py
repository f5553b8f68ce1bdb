"""Messages that are rejected: with a reason to group by, and a detail that can be shown."""

import msgspec
from ingest.formats.tick import Reject

from ingest.formats.decode import decode_message


def assert_rejected(message, reason):
    """Decodes bytes, or an object as JSON."""
    value = message if isinstance(message, bytes) else msgspec.json.encode(message)
    found = decode_message(value)
    assert isinstance(found, Reject)
    assert found.reason == reason
    assert found.detail.isprintable()
    assert 0 < len(found.detail) <= 300
