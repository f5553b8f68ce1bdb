"""The layers that guard an application, from the outside: CORS, keys, limits."""

from collections.abc import Callable

from api.http.asgi import App
from api.http.cors import Cors
from api.http.keys import AUTO, Keys, asks_for_keys
from api.http.limits import Limits
from api.http.refusals import Refusals
from api.http.unguarded import Unguarded
from api.known_keys import KnownKeys
from api.settings import ApiSettings


def guarding(settings: ApiSettings, known: KnownKeys, refusals: Refusals) -> Callable[[App], App]:
    """Returns the layer of all guards; raises SettingsError if a setting makes no sense.

    It belongs outside of the layer that counts requests: strangers take no places.
    """
    asks = asks_for_keys(settings)

    def layer(app: App) -> App:
        if asks:
            app = Keys(Limits(app, refusals), known, refusals)
        elif settings.api_keys == AUTO:
            app = Unguarded(app)
        return Cors(app, settings.api_cors_origins)

    return layer
