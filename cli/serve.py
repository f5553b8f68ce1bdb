"""`stockpulse serve`: the REST API and the chart page."""

import click

from api.serve import run
from cli.settings import Settings
from cli.stopping import stopping
from db.settings import changed


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000]")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the REST API, its documentation and the chart page.

    Runs until SIGTERM or Ctrl-C; requests in progress are answered first.
    """
    with stopping():  # the server raises its signal again once it has ended
        run(changed(settings.api, api_host=host, api_port=port))
