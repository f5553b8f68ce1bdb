"""`stockpulse serve`: the REST API and the chart page."""

import click

from api.serve import run
from cli.health import ask
from cli.settings import Settings
from cli.stopping import stopping
from db.settings import changed


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000]")
@click.option(
    "--health",
    is_flag=True,
    help="Ask the API that runs on this machine how it is: exit code 0, or 1 with the reason.",
)
@click.pass_obj
def serve(settings: Settings, *, host: str | None, port: int | None, health: bool) -> None:
    """Serve the REST API, its documentation and the chart page.

    Runs until SIGTERM or Ctrl-C; requests in progress are answered first.
    """
    given = changed(settings.api, api_host=host, api_port=port)
    if health:
        ask(given.api_host, given.api_port, "STOCKPULSE_API_PORT or --port")
        return
    with stopping():  # the server raises its signal again once it has ended
        run(given)
