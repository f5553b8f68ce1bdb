"""The pages are complete and load nothing from other hosts."""

import re

import httpx
import pytest

ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
FOREIGN = re.compile(r"(?:https?:)?//[\w-]+\.\w+")


@pytest.mark.parametrize("path", ["/", "/chart", "/docs"])
def test_page_and_all_its_files_are_served_by_the_api(api: httpx.Client, path: str) -> None:
    page = api.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert not FOREIGN.search(page.text)
    assets = ASSET.findall(page.text)
    assert len(assets) >= 3
    for asset in assets:
        assert api.get(asset).status_code == 200, asset


@pytest.mark.parametrize(
    "name, media_type",
    [
        ("chart.js", "javascript"),
        ("candles.js", "javascript"),
        ("docs.js", "javascript"),
        ("chart.css", "text/css"),
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "javascript"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_an_asset_has_its_media_type(api: httpx.Client, name: str, media_type: str) -> None:
    answer = api.get(f"/assets/{name}")
    assert media_type in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["chart.js", "candles.js", "docs.js", "chart.css"])
def test_files_name_no_other_host(api: httpx.Client, name: str) -> None:
    assert not FOREIGN.search(api.get(f"/assets/{name}").text)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_policy_forbids_loading_from_other_hosts(api: httpx.Client, path: str) -> None:
    policy = api.get(path).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", ["nope.js", "..%2Fapp.py", "%2e%2e%2fapp.py", "index.html"])
def test_other_files_are_not_served(api: httpx.Client, name: str) -> None:
    assert api.get(f"/assets/{name}").status_code == 404
