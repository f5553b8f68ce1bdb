"""Validators of answers: what a client has already is not sent again.

Nothing is fresh without asking: amendments, rules and splits change what was final.
"""

import hashlib

from api.http.asgi import Headers, header, header_list, varying

CACHE_CONTROL = b"private, no-cache"
DIGEST_BYTES = 15
KEPT = (b"etag", b"cache-control", b"vary", b"content-location", b"expires", b"date")  # RFC 9110


def tagged(headers: Headers, body: bytes) -> Headers:
    """Returns the headers of an answer with its tag, unless they forbid to store it.

    The tag is weak, as it is the same for every encoding of the content.
    """
    control = header(headers, b"cache-control")
    if control is not None and b"no-store" in control:
        return headers
    if control is None:
        headers = [*headers, (b"cache-control", CACHE_CONTROL)]
    if header(headers, b"etag") is None:
        digest = hashlib.sha256(body).hexdigest()[: DIGEST_BYTES * 2]
        headers = [*headers, (b"etag", f'W/"{digest}"'.encode())]
    return varying(headers, "Accept")


def is_known(request: Headers, headers: Headers) -> bool:
    """Returns whether If-None-Match names the tag of the answer."""
    tag, known = header(headers, b"etag"), header_list(request, b"if-none-match")
    if tag is None or known is None:
        return False
    tags = {part.strip().removeprefix("W/") for part in known.split(",")}
    return "*" in tags or tag.decode("latin-1").removeprefix("W/") in tags


def not_modified(headers: Headers) -> Headers:
    """Returns the headers of the 304 in place of an answer."""
    return [
        (name, value)
        for name, value in headers
        if name.lower() in KEPT or name.lower().startswith(b"access-control-")
    ]
