"""Refusals of the Alpaca dialect: a code and a sentence in Alpaca's shape."""

import httpx
import pytest

ONE = "/v2/stocks/AAPL"


@pytest.mark.parametrize(
    "path, params, message",
    [
        ("/v2/stocks/bars", {"timeframe": "1Min"}, "symbols is required"),
        ("/v2/stocks/bars", {"symbols": "AAPL"}, "timeframe is required"),
        ("/v2/stocks/AAPL/bars", {}, "timeframe is required"),
        (
            f"{ONE}/bars",
            {"timeframe": "7Min"},
            "timeframe 7m does not exist: 7m does not divide a day",
        ),
        (
            f"{ONE}/bars",
            {"timeframe": "5Hour"},
            "timeframe 5h does not exist: 5h does not divide a day",
        ),
        (f"{ONE}/bars", {"timeframe": "60Min"}, "timeframe must be 1 to 59Min, 1 to 23Hour, 1Day"),
        (f"{ONE}/bars", {"timeframe": "2Day"}, "timeframe must be 1 to 59Min, 1 to 23Hour, 1Day"),
        (f"{ONE}/bars", {"timeframe": "5Month"}, "timeframe must be 1 to 59Min, 1 to 23Hour, 1Day"),
        (
            f"{ONE}/bars",
            {"timeframe": "1Day", "adjustment": "dividend"},
            "adjustment dividend is not possible, as no dividends are stored; use raw or split",
        ),
        (
            f"{ONE}/bars",
            {"timeframe": "1Day", "adjustment": "none"},
            "adjustment must be raw or split",
        ),
        (f"{ONE}/trades", {"limit": "0"}, "limit must be an integer from 1 to 10000"),
        (f"{ONE}/trades", {"limit": "10001"}, "limit must be an integer from 1 to 10000"),
        (f"{ONE}/trades", {"limit": "1e3"}, "limit must be an integer from 1 to 10000"),
        (f"{ONE}/trades", {"sort": "up"}, "sort must be asc or desc"),
        (
            f"{ONE}/trades",
            {"start": "2026-02-27T12:00:00"},
            "start has no zone: 2026-02-27T12:00:00Z is UTC",
        ),
        (f"{ONE}/trades", {"start": "2026-02-30"}, "start is not a time that exists"),
        (
            f"{ONE}/trades",
            {"start": "2026-02-28", "end": "2026-02-27"},
            "start must not be after end",
        ),
        (
            f"{ONE}/trades",
            {"end": "2026-02-27"},
            "start, the beginning of this day by default, must not be after end",
        ),
        (f"{ONE}/trades", {"asof": "yesterday"}, "asof must be a date like 2026-02-27"),
        (f"{ONE}/trades", {"currency": "eur"}, "currency must be a code like USD"),
        (f"{ONE}/trades", {"feed": "cnbc"}, "feed must be one of Alpaca's: sip, iex"),
        (f"{ONE}/trades", {"page_token": "QUFQTA=="}, "page_token does not belong to this query"),
        (f"{ONE}/trades", {"page_token": "!"}, "page_token is not a page token"),
        (
            "/v1beta3/crypto/mars/trades",
            {"symbols": "BTC/USD"},
            "loc must be us, us-1, us-2, eu-1 or bs-1",
        ),
        ("/v2/stocks/trades", {"symbols": "A" * 129}, "symbols must have 1 to 128 characters"),
    ],
)
def test_a_bad_parameter_is_400_and_the_message_says_what_is_right(
    api: httpx.Client, path: str, params: dict[str, str], message: str
) -> None:
    answer = api.get(f"/alpaca{path}", params=params)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body == {"code": 40010000, "message": body["message"]}
    assert body["message"].startswith(message)


@pytest.mark.parametrize("path", ["", "/", "/v2", "/v2/stocks/auctions", "/v1beta1/news"])
def test_an_unknown_path_below_alpaca_answers_in_its_shape(api: httpx.Client, path: str) -> None:
    answer = api.get(f"/alpaca{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == 40410000
    assert answer.json()["message"].startswith("endpoint not found")


def test_another_method_answers_in_the_shape_of_alpaca(api: httpx.Client) -> None:
    answer = api.post("/alpaca/v2/stocks/bars")
    assert (answer.status_code, answer.json()["code"]) == (405, 40510000)


@pytest.mark.parametrize("name", ["limit", "timeframe", "feed"])
def test_a_repeated_parameter_is_refused(api: httpx.Client, name: str) -> None:
    answer = api.get(f"/alpaca{ONE}/bars?{name}=1&{name}=1")
    assert (answer.status_code, answer.json()["message"]) == (400, f"{name} must not be repeated")


def test_symbols_may_be_repeated_and_so_may_what_is_unknown(api: httpx.Client) -> None:
    answer = api.get("/alpaca/v2/stocks/trades?symbols=AAPL&symbols=MSFT,TSLA&colour=1&colour=2")
    assert answer.json() == {"trades": {}, "next_page_token": None}


def test_order_books_are_refused_with_the_path_that_has_the_best_prices(api: httpx.Client) -> None:
    answer = api.get("/alpaca/v1beta3/crypto/us/latest/orderbooks", params={"symbols": "BTC/USD"})
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "code": 40410000,
            "message": "order books are not stored; latest/quotes has the best bid and ask",
        },
    )


def test_a_url_that_ends_with_a_slash_reaches_the_same_paths(api: httpx.Client) -> None:
    answer = api.get("/alpaca//v2/stocks/trades", params={"symbols": "AAPL"})
    assert answer.json() == {"trades": {}, "next_page_token": None}
