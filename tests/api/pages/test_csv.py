"""The bars on the screen are exported as they are, in UTC."""

from tests.api.pages.conftest import Evaluate

MODULE = "csv.js"

BARS = [
    {
        "t": "2026-03-09T14:30:00Z", "time": 1, "o": 1.5, "h": 2, "l": 1.25, "c": 2, "v": 3, "n": 2,
        "vw": 1.75, "final": True,
    },
    {
        "t": "2026-03-09T14:31:00Z", "time": 2, "o": 2, "h": 2, "l": 2, "c": 2, "v": 0, "n": None,
        "vw": None, "final": False, "vendor": 'a,"b"',
    },
]  # fmt: skip


def test_file_has_a_line_for_each_bar(js: Evaluate) -> None:
    assert js(MODULE, "m.csvOf(given.bars)", bars=BARS) == (
        "time (UTC),open,high,low,close,volume,count,vwap,final,vendor\r\n"
        "2026-03-09T14:30:00Z,1.5,2,1.25,2,3,2,1.75,true,\r\n"
        '2026-03-09T14:31:00Z,2,2,2,2,0,,,false,"a,""b"""\r\n'
    )


def test_digits_are_those_that_are_stored(js: Evaluate) -> None:
    exact = {"o": "0.00000012", "h": "0.00000013", "l": "0.00000012", "c": "0.00000013", "v": "1e0"}
    bar = {"t": "2026-03-09T14:30:00Z", "o": 1.2e-7, "v": 1, "exact": exact}
    row = js(MODULE, "m.csvOf([given.bar])", bar=bar).split("\r\n")[1]
    assert row.startswith("2026-03-09T14:30:00Z,0.00000012,0.00000013,0.00000012,0.00000013,1e0,")


def test_text_that_looks_like_a_formula_is_none(js: Evaluate) -> None:
    bars = [BARS[0] | {"vendor": "=HYPERLINK(1)"}, BARS[0] | {"o": -1.5, "vendor": "-x"}]
    rows = js(MODULE, "m.csvOf(given.bars)", bars=bars).split("\r\n")
    assert rows[1].endswith(",'=HYPERLINK(1)")
    assert ",-1.5," in rows[2]
    assert rows[2].endswith(",'-x")


def test_lines_are_columns_and_empty_where_they_have_no_value(js: Evaluate) -> None:
    lines = [{"title": "SMA 2", "values": [{"time": 2, "value": 2.5}]}]
    rows = js(MODULE, "m.csvOf(given.bars, given.lines)", bars=BARS, lines=lines).split("\r\n")
    assert rows[0].endswith(",vendor,SMA 2")
    assert rows[1].endswith(",true,,")
    assert rows[2].endswith(",2.5")


def test_file_is_named_by_what_it_has(js: Evaluate) -> None:
    series = {"symbol": "KRAKEN:BTC/USD", "timeframe": "1m"}
    name = js(MODULE, "m.fileNameOf(given.series, given.bars)", series=series, bars=BARS)
    assert name == "KRAKEN_BTC-USD_1m_2026-03-09T1430Z.csv"
    odd = {"symbol": "../../a\\b: c", "timeframe": "1m"}
    name = js(MODULE, "m.fileNameOf(given.series, [])", series=odd)
    assert name == "..-..-a_b_c_1m_emptyZ.csv"
