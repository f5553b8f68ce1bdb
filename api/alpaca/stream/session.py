"""Whether a client has said who it is: in the headers, or in a message within ten seconds."""

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import Auth
from api.errors import Unavailable
from api.http.asgi import Headers
from api.http.credentials import HEADERS
from api.known_keys import ApiKey, KnownKeys

AUTH_SECONDS = 10.0
MOST_STRANGERS = 100  # sockets of this process that have not said yet who they are
IN_HEADERS = HEADERS | {b"authorization"}
NO_KEY = "neither key nor secret is a valid API key; stockpulse keys create NAME makes one"


class Session:
    """The key of a client; without keys everybody may read, whatever it sends."""

    def __init__(self, keys: KnownKeys | None, key: ApiKey | None, headers: Headers) -> None:
        """`key` is the valid one in the headers, if any."""
        self._keys = keys
        self._headers = headers
        self.key = key
        self.has_authenticated = key is not None

    def enter(self) -> None:
        """Takes a place of those who have not authenticated; raises StreamError if none is left."""
        if self.may_read:
            return
        if len(_strangers) >= MOST_STRANGERS:
            raise StreamError(Code.TOO_MANY_CONNECTIONS, "too many wait to be authenticated")
        _strangers.add(self)

    def leave(self) -> None:
        """Gives the place back."""
        _strangers.discard(self)

    @property
    def may_read(self) -> bool:
        """Returns whether subscriptions are accepted."""
        return self._keys is None or self.has_authenticated

    def check_headers(self) -> None:
        """Raises StreamError if they hold a key that is not valid; a cookie may be old."""
        if not self.may_read and any(name.lower() in IN_HEADERS for name, _ in self._headers):
            raise StreamError(Code.AUTH_FAILED, "the key in the headers is wrong, or was revoked")

    async def authenticate(self, auth: Auth) -> None:
        """Takes the keys of a message; raises StreamError."""
        if self.has_authenticated:
            raise StreamError(Code.AUTHENTICATED_BEFORE)
        self.key = await self._find(auth)
        self.has_authenticated = True
        self.leave()

    async def _find(self, auth: Auth) -> ApiKey | None:
        """Returns the valid key in the message; None, too, if none is needed."""
        if self._keys is None:
            return None
        try:
            for text in (auth.secret, auth.key):
                if text and (found := await self._keys.find(text.strip())):
                    return found
        except Unavailable as problem:
            raise StreamError(Code.INTERNAL, problem.detail) from problem
        raise StreamError(Code.AUTH_FAILED, NO_KEY)


_strangers: set[Session] = set()
