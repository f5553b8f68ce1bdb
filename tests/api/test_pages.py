"""The pages are complete and load nothing from other hosts."""

import re
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from api.pages.modules import joined

ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
FOREIGN = re.compile(r"(?:https?:)?//[\w-]+\.\w+")
LINK = re.compile(r"<a [^>]*>")  # leads elsewhere, but loads nothing
# lightweight-charts.standalone.production.js of 5.1.0
RELEASE = "756b0ba9f58930226d6b8b9d47ad310448ab85d799ea1f7c2c02304777c10b52"
PAGES = Path(__file__).parents[2] / "api/pages"


@pytest.mark.parametrize("path", ["/", "/chart", "/status", "/docs"])
def test_page_and_all_its_files_are_served_by_the_api(api: httpx.Client, path: str) -> None:
    page = api.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert not FOREIGN.search(LINK.sub("", page.text))
    assets = ASSET.findall(page.text)
    assert len(assets) >= 3
    for asset in assets:
        assert api.get(asset).status_code == 200, asset


@pytest.mark.parametrize(
    "name, media_type",
    [
        ("chart/chart.js", "javascript"),
        ("chart/chart.css", "text/css"),
        ("chart/lightweight-charts.txt", "text/plain"),
        ("lightweight-charts.js", "javascript"),
        ("docs.js", "javascript"),
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "javascript"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_an_asset_has_its_media_type(api: httpx.Client, name: str, media_type: str) -> None:
    answer = api.get(f"/assets/{name}")
    assert media_type in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_name_no_other_host(api: httpx.Client) -> None:
    scripts = [
        f"{file.parent.name}/{file.name}"
        for folder in ("chart", "status")
        for file in (PAGES / folder).glob("*.[jc]s*")
    ]
    assert len(scripts) > 20
    for name in ["docs.js", *scripts]:
        assert not FOREIGN.search(api.get(f"/assets/{name}").text), name


def test_modules_of_the_chart_are_one_script(api: httpx.Client) -> None:
    script = api.get("/assets/chart/chart.js").text
    modules = {file.stem for file in (PAGES / "chart").glob("*.js")} - {"chart"}
    assert set(re.findall(r"^const \$(\w+) = ", script, re.MULTILINE)) == modules
    assert not re.search(r"^import\b", script, re.MULTILINE)


@pytest.mark.parametrize(
    "text, error",
    [
        ('import * as b from "./b.js";\n', "another form: import"),
        ("export default 1;\n", "another form: export default"),
        ('import { b } from "./c.js";\n', "b.js imports itself, by c.js"),
    ],
)
def test_modules_that_cannot_be_joined_are_refused(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nb();\n')
    (tmp_path / "b.js").write_text(f"{text}export const b = 1;\n")
    (tmp_path / "c.js").write_text('import { b } from "./b.js";\nexport const c = b;\n')
    with pytest.raises(ValueError, match=re.escape(error)):
        joined(tmp_path, "a")


def test_the_first_bars_are_named_where_their_symbol_is_known(api: httpx.Client) -> None:
    bars = "/v1/bars?symbols=BTC%2FUSD&timeframe=1m&decimals=string&sort=desc&limit=600"
    link = api.get("/chart?symbol=BTC/USD").headers["link"]
    assert link == f'<{bars}>; rel=preload; as=fetch; crossorigin="anonymous"'
    assert "link" not in api.get("/chart").headers
    broken = api.get("/chart", params={"symbol": "A\r\nX: 1>; rel=x", "timeframe": "<1m>"})
    assert broken.headers["link"].startswith("</v1/bars?symbols=A%0D%0AX%3A+1%3E%3B+rel%3Dx&")


@pytest.mark.parametrize("path", ["/chart", "/status"])
def test_policy_of_the_page_has_no_exceptions(api: httpx.Client, path: str) -> None:
    assert api.get(path).headers["content-security-policy"] == (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def test_the_library_of_the_chart_is_that_of_its_makers_named_and_linked(api: httpx.Client) -> None:
    page, notice = api.get("/chart").text, api.get("/assets/chart/lightweight-charts.txt").text
    assert 'href="https://www.tradingview.com/"' in page
    library = api.get("/assets/lightweight-charts.js").content
    assert sha256(library).hexdigest() == RELEASE
    assert "TradingView, Inc. https://www.tradingview.com/" in notice
    assert "Apache License" in notice


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_policy_forbids_loading_from_other_hosts(api: httpx.Client, path: str) -> None:
    policy = api.get(path).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "name",
    [
        "nope.js",
        "..%2Fapp.py",
        "%2e%2e%2fapp.py",
        "index.html",
        "chart/chart.html",
        "chart/../login.py",
    ],
)
def test_other_files_are_not_served(api: httpx.Client, name: str) -> None:
    assert api.get(f"/assets/{name}").status_code == 404
