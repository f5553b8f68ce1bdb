"""The layers that guard an application, in their order: CORS, keys, limits, replay lag."""

from api.http.asgi import App
from api.http.cors import Cors
from api.http.keys import Keys, asks_for_keys
from api.http.limits import Limits
from api.http.refusals import Refusals
from api.http.replay import Replay
from api.known_keys import KnownKeys
from api.replay_lag import ReplayLag
from api.settings import ApiSettings


def guarded(
    app: App, settings: ApiSettings, known: KnownKeys, lag: ReplayLag, refusals: Refusals
) -> App:
    """Returns `app` behind its guards.

    Keys are looked at before any request takes a place that others wait for: a refusal costs
    microseconds, and strangers take no places. Raises SettingsError if a setting makes no sense.
    """
    app = Replay(app, lag)
    if asks_for_keys(settings):
        app = Keys(Limits(app, refusals), known, refusals)
    return Cors(app, settings.api_cors_origins)
