"""Whether a client has said who it is: in the headers, or in a message within ten seconds."""

from collections.abc import Iterable

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import Auth
from api.errors import Unavailable
from api.http.credentials import HEADERS
from api.known_keys import ApiKey, KnownKeys

AUTH_SECONDS = 10.0
IN_HEADERS = HEADERS | {b"authorization"}
NO_KEY = "neither key nor secret is a valid API key; stockpulse keys create NAME makes one"


class Session:
    """The key of a client; without keys everybody may read, whatever it sends."""

    def __init__(self, keys: KnownKeys | None, key: ApiKey | None) -> None:
        self._keys = keys
        self.key = key
        self.has_authenticated = key is not None  # by headers at first

    @property
    def may_read(self) -> bool:
        """Returns whether subscriptions are accepted."""
        return self._keys is None or self.has_authenticated

    def check_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raises StreamError if they hold a key that is not valid; a cookie may be old."""
        if not self.may_read and any(name.lower() in IN_HEADERS for name, _ in headers):
            raise StreamError(Code.AUTH_FAILED, "the key in the headers is wrong, or was revoked")

    async def authenticate(self, auth: Auth) -> None:
        """Takes the keys of a message; raises StreamError."""
        if self.has_authenticated:
            raise StreamError(Code.AUTHENTICATED_BEFORE)
        if self._keys is not None:
            self.key = await self._find(self._keys, auth)
            if self.key is None:
                raise StreamError(Code.AUTH_FAILED, NO_KEY)
        self.has_authenticated = True

    async def _find(self, keys: KnownKeys, auth: Auth) -> ApiKey | None:
        for text in (auth.secret, auth.key):
            try:
                if text and (found := await keys.find(text.strip())):
                    return found
            except Unavailable as problem:
                raise StreamError(Code.INTERNAL, problem.detail) from problem
        return None
