"""HTTP around the dialects: layers of raw ASGI, which see every request and answer."""
