"""docs/how-to/add-a-rest-dialect.md names what the dialects that exist consist of."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/add-a-rest-dialect.md").read_text()
NAMED = re.findall(r"`((?:api|tests|docs)/[\w./-]*)`", PAGE)
# Files of a dialect that the page need not name: its statements, and what Python makes.
IGNORED = {"queries", "__pycache__"}


def test_the_page_names_files() -> None:
    assert len(NAMED) > 10


@pytest.mark.parametrize("dialect", ["native", "legacy", "alpaca", "binance", "udf"])
def test_every_named_file_exists_in_every_dialect(dialect: str) -> None:
    paths = [ROOT / name.replace("udf", dialect) for name in NAMED if "NAME" not in name]
    assert [path for path in paths if not path.exists()] == []


def test_every_file_of_the_example_is_named() -> None:
    files = {path.name for path in (ROOT / "api/legacy").iterdir()} - IGNORED
    assert files == {Path(name).name for name in NAMED if re.match(r"api/udf/\w+\.py$", name)}


@pytest.mark.parametrize("dialect", ["native", "legacy", "alpaca", "binance", "udf"])
def test_every_dialect_has_the_named_functions(dialect: str) -> None:
    errors, responses, routes = (
        import_module(f"api.{dialect}.{name}") for name in ("errors", "responses", "routes")
    )
    assert errors.body_of
    assert errors.render
    assert responses.responses
    assert routes.router.path.startswith("/")
