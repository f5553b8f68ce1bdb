"""The layers that guard an application, from the outside: CORS, keys, limits."""

from collections.abc import Callable

from api.http.asgi import App
from api.http.cors import Cors
from api.http.keys import Keys, asks_for_keys
from api.http.limits import Limits
from api.http.refusals import Refusals
from api.known_keys import KnownKeys
from api.settings import ApiSettings


def guarding(settings: ApiSettings, known: KnownKeys, refusals: Refusals) -> Callable[[App], App]:
    """Returns the layer of all guards; raises SettingsError if a setting makes no sense.

    It belongs outside of the layer that counts requests: strangers take no places.
    """
    asks = asks_for_keys(settings)

    def layer(app: App) -> App:
        guarded = Keys(Limits(app, refusals), known, refusals) if asks else app
        return Cors(guarded, settings.api_cors_origins)

    return layer
