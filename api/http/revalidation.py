"""Validators of answers: what a client has already is not sent again.

Nothing is fresh without asking: amendments, rules and splits change what was final.
"""

import hashlib

from api.http.asgi import Fields, vary
from api.validators import CACHE_CONTROL, strong_tag

KEPT = (b"etag", b"cache-control", b"vary", b"content-location", b"expires")  # RFC 9110, 15.4.5


def tag(fields: Fields, body: bytes) -> None:
    """Adds the tag of an answer to its headers, unless they forbid to store it.

    It is weak, as it is the same for every encoding of the content.
    """
    control = fields.setdefault(b"cache-control", CACHE_CONTROL)
    if b"no-store" in control:
        return
    if b"etag" not in fields:
        fields[b"etag"] = f"W/{strong_tag(hashlib.sha256(body).hexdigest())}".encode()
    vary(fields, b"Accept")


def is_known(request: Fields, fields: Fields) -> bool:
    """Returns whether If-None-Match names the tag of the answer."""
    own, known = fields.get(b"etag"), request.get(b"if-none-match")
    if own is None or known is None:
        return False
    tags = {part.strip().removeprefix(b"W/") for part in known.split(b",")}
    return b"*" in tags or own.removeprefix(b"W/") in tags


def not_modified(fields: Fields) -> Fields:
    """Returns the headers of the 304 in place of an answer."""
    return {
        name: value
        for name, value in fields.items()
        if name in KEPT or name.startswith(b"access-control-")
    }
