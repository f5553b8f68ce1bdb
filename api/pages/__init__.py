"""The chart, the operator's page, the page of the API; nothing is loaded from another host."""

from importlib.metadata import distribution
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path

from api.pages.modules import joined

NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
# Forbids loading from other hosts. Swagger UI sets styles inline.
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " + NOTHING_ELSE
)
CHART_POLICY = "default-src 'self'; " + NOTHING_ELSE
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
CHART_HEADERS = HEADERS | {"Content-Security-Policy": CHART_POLICY}

DEFAULT_TIMEFRAME = "1m"  # of chart/chart.js

OWN = files("api.pages")
FOLDERS = ("chart", "status")
LIBRARY = "litecharts/js/lightweight-charts.js"  # TradingView's file, as that package has it
FILES = (
    {name: OWN.joinpath(name) for name in ("docs.js", "icon.svg", "login.css")}
    | {name: swagger_ui_path.joinpath(name) for name in ("swagger-ui.css", "swagger-ui-bundle.js")}
    | {"lightweight-charts.js": Path(str(distribution("litecharts").locate_file(LIBRARY)))}
    | {
        f"{folder}/{file.name}": file
        for folder in FOLDERS
        for file in OWN.joinpath(folder).iterdir()
        if not file.name.endswith(".html")
    }
)

JOINED = {"chart/chart.js": joined(OWN.joinpath("chart"), "chart")}


@get(["/", "/chart"], include_in_schema=False)
async def chart(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Returns the chart page, and the address of its first bars, asked for beside its scripts."""
    headers = CHART_HEADERS
    if symbol := request.query_params.get("symbol"):
        timeframe = request.query_params.get("timeframe") or DEFAULT_TIMEFRAME
        source = request.query_params.get("source")
        link = f"</v1/bars?{first_bars(symbol, timeframe, source)}>"
        headers = headers | {"Link": f'{link}; rel=preload; as=fetch; crossorigin="anonymous"'}
    return _page("chart/chart.html", headers)


def first_bars(symbol: str, timeframe: str, source: str | None) -> str:
    """Returns the query by which chart/data.js asks for its first page of bars."""
    asked = {"symbols": symbol, "timeframe": timeframe, "source": source, "decimals": "string"}
    page = {"sort": "desc", "limit": "600"}
    return urlencode({name: text for name, text in (asked | page).items() if text})


@get("/status", include_in_schema=False)
async def status() -> Response[bytes]:
    """Returns the operator's page."""
    return _page("status/status.html", CHART_HEADERS)


@get("/docs", include_in_schema=False)
async def docs() -> Response[bytes]:
    """Returns the interactive page of the API."""
    return _page("docs.html", HEADERS)


@get(["/assets/{name:str}", "/assets/{folder:str}/{name:str}"], include_in_schema=False)
async def asset(name: FromPath[str], folder: FromPath[str] = "") -> Response[bytes]:
    """Returns a file of one of the pages."""
    path = f"{folder}/{name}" if folder else name
    if path not in FILES:
        raise NotFoundException
    media_type = guess_type(name)[0] or "application/octet-stream"
    content = JOINED.get(path) or FILES[path].read_bytes()
    return Response(content, media_type=media_type, headers=HEADERS)


def _page(name: str, headers: dict[str, str]) -> Response[bytes]:
    return Response(OWN.joinpath(name).read_bytes(), media_type="text/html", headers=headers)


ROUTES = [chart, status, docs, asset]
