"""The page that changes an API key for a cookie: pages and EventSource cannot send headers."""

from html import escape
from urllib.parse import parse_qs

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import Cookie, State
from litestar.params import FromQuery

from api.errors import Unavailable
from api.http.credentials import COOKIE
from api.pages import HEADERS, OWN

FORM_BYTES = 4_096
COOKIE_SECONDS = 30 * 24 * 3600
HOME = "/"
# A form that goes nowhere else, and no copy of an answer with a cookie.
LOGIN_HEADERS = HEADERS | {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@get("/login", include_in_schema=False)
async def login_page(state: State, next: FromQuery[str] = HOME) -> Response[str]:  # noqa: A002
    """Returns the form; without keys, the way to the chart."""
    if state.known_keys is None:
        return _redirect(HOME)
    return _page(next)


@post("/login", include_in_schema=False, request_max_body_size=FORM_BYTES, status_code=303)
async def login(request: Request[None, None, State], state: State) -> Response[str]:
    """Sets the cookie if the form has a valid key, and leads back to where it was asked for."""
    form = parse_qs((await request.body()).decode("latin-1"))
    key, target = (form.get(name, [""])[0].strip() for name in ("key", "next"))
    if state.known_keys is None:
        return _redirect(HOME)
    try:
        found = await state.known_keys.find(key)
    except Unavailable as problem:
        return _page(target, problem.detail, status=503)
    if found is None:
        return _page(target, "This is not a valid key.", status=401)
    return _redirect(_local(target), _cookie(request, key, COOKIE_SECONDS))


@post("/logout", include_in_schema=False, request_max_body_size=FORM_BYTES, status_code=303)
async def logout(request: Request[None, None, State]) -> Response[str]:
    """Removes the cookie."""
    return _redirect("/login", _cookie(request, "", 0))


def _cookie(request: Request[None, None, State], value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=seconds,
        httponly=True,
        samesite="strict",
        secure=request.scope["scheme"] == "https",  # over http a browser would drop it
    )


def _local(target: str) -> str:
    """Returns an address of this server: another one may have led here."""
    plain = target.startswith("/") and target[1:2] not in ("/", "\\") and target.isprintable()
    return target if plain else HOME


def _page(target: str, message: str = "", status: int = 200) -> Response[str]:
    form = OWN.joinpath("login.html").read_text(encoding="utf-8")
    text = form.replace("{next}", escape(_local(target))).replace("{message}", escape(message))
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=LOGIN_HEADERS)


def _redirect(target: str, cookie: Cookie | None = None) -> Response[str]:
    return Response(
        "",
        status_code=303,
        headers=LOGIN_HEADERS | {"Location": target},
        cookies=[cookie] if cookie else [],
    )


ROUTES = [login_page, login, logout]
