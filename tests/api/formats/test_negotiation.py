"""Which format a request wants, by `format` and by Accept."""

from typing import Any

import pytest
from litestar.testing import RequestFactory

from api.errors import InvalidParameter, NotAcceptable
from api.formats import negotiation
from api.formats.negotiation import wanted


def asked(accept: str | None = None, **query: str) -> Any:
    headers = {} if accept is None else {"Accept": accept}
    return RequestFactory().get("/", headers=headers, query_params=query)


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        (BROWSER, "json"),
        ("application/*", "json"),
        ("application/json; charset=utf-8", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; header=present", "csv"),
        ("text/*", "csv"),
        ("text/csv, */*", "csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "csv"),
        ("text/csv, application/json", "json"),
        ("text/csv;q=0, */*", "json"),
        ("application/json;q=0, application/*", "ndjson"),
        ("application/x-ndjson", "ndjson"),
        ("application/jsonl", "ndjson"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.parquet;q=0.9, text/csv;q=0.8", "parquet"),
        ("text/csv;q=2", "json"),
        ("no media type", "json"),
    ],
)
def test_the_format_with_the_best_quality_is_chosen(accept: str | None, name: str) -> None:
    assert wanted(asked(accept)).name == name


@pytest.mark.parametrize("name", ["json", "ndjson", "csv", "arrow", "parquet"])
def test_the_parameter_takes_precedence_over_accept(name: str) -> None:
    assert wanted(asked("text/csv;q=0.1, image/png", format=name)).name == name


@pytest.mark.parametrize("accept", ["image/png", "text/html", "text/csv;q=0, application/json;q=0"])
def test_without_an_acceptable_format_the_answer_lists_all(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        wanted(asked(accept))
    assert caught.value.detail == (
        "Accept must allow one of application/json, application/x-ndjson, text/csv, "
        "application/vnd.apache.arrow.stream, application/vnd.apache.parquet"
    )


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="must be json, ndjson, csv, arrow or parquet"):
        wanted(asked(format="CSV"))


def test_without_pyarrow_the_answer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiation, "HAS_ARROW", False)
    with pytest.raises(NotAcceptable, match=r"pip install 'stockpulse\[arrow\]'"):
        wanted(asked(format="parquet"))
    assert wanted(asked("application/vnd.apache.parquet, text/csv;q=0.1")).name == "csv"
