"""Messages that are rejected: with a reason to group by, and a detail that can be shown."""

import msgspec

from ingest.formats.events import Reject
from tests.ingest import made


def assert_rejected(message, reason, detail=""):
    """Decodes bytes, or an object as JSON; `detail` is a part of the detail."""
    value = message if isinstance(message, bytes) else msgspec.json.encode(message)
    found = made.decoded(value)
    assert isinstance(found, Reject), found
    assert found.reason == reason
    assert detail in found.detail
    assert found.detail.isprintable()
    assert 0 < len(found.detail) <= 500
