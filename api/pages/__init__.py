"""The chart page, the page of the API, and their files; none is loaded from another host."""

from importlib.resources import files
from mimetypes import guess_type

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path

# Forbids loading from other hosts. Swagger UI sets styles inline.
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

OWN = files("api.pages")
FILES = {
    name: OWN.joinpath(name)
    for name in ("candles.js", "chart.css", "chart.js", "docs.js", "icon.svg", "login.css")
} | {name: swagger_ui_path.joinpath(name) for name in ("swagger-ui.css", "swagger-ui-bundle.js")}


@get(["/", "/chart"], include_in_schema=False)
async def chart() -> Response[bytes]:
    """Returns the chart page."""
    return _page("chart.html")


@get("/docs", include_in_schema=False)
async def docs() -> Response[bytes]:
    """Returns the interactive page of the API."""
    return _page("docs.html")


@get("/assets/{name:str}", include_in_schema=False)
async def asset(name: FromPath[str]) -> Response[bytes]:
    """Returns a file of one of the pages."""
    if name not in FILES:
        raise NotFoundException
    media_type = guess_type(name)[0] or "application/octet-stream"
    return Response(FILES[name].read_bytes(), media_type=media_type, headers=HEADERS)


def _page(name: str) -> Response[bytes]:
    return Response(OWN.joinpath(name).read_bytes(), media_type="text/html", headers=HEADERS)


ROUTES = [chart, docs, asset]
