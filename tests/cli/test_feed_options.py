"""`stockpulse feed` with options and files that cannot be: one line each, before Kafka is asked."""

from pathlib import Path

import pytest

from db.errors import StockpulseError
from ingest.feed import run as feeds
from ingest.feed import settings, tokens

ROOT = Path(__file__).parents[2]

FILES = {
    "nothing": (b"", "names no source"),
    "no TOML": (b"[kraken", "is not TOML"),
    "no text": (b"\xff\xfe", "is not TOML"),
    "an unknown option": (b'[kraken]\nsymbols=["A/B"]\nfoo=1', "unknown field `foo`"),
    "no symbols": (b"[kraken]", "required field `symbols`"),
    "empty symbols": (b"[kraken]\nsymbols=[]", "neither trades nor quotes"),
    "a text of symbols": (b'[kraken]\nsymbols="A/B"', "Expected `array`"),
    "an unknown source": (b'[nosuch]\nsymbols=["A"]', "no live source 'nosuch'"),
    "no table": (b"kraken=7", "Expected `object`"),
    "a token": (b'[kraken]\nsymbols=["A/B"]\ntoken="s3cr3t"', "a token does not belong here"),
    "a feed of a venue without": (b'[kraken]\nsymbols=["A/B"]\nfeed="sip"', "has no feed 'sip'"),
    "an account where there is none": (b'[kraken]\nsymbols=["A/B"]\naccount="7"', "no accounts"),
    "an unknown source of a venue": (b'[okx.nosuch]\nsymbols=["A-B"]', "source 'okx.nosuch'"),
    "a module that is none": (b'[kraken.frames]\nsymbols=["A/B"]', "source 'kraken.frames'"),
    "no silence": (b'[kraken]\nsymbols=["A/B"]\nidle_seconds=0', "idle_seconds"),
    "nan": (b'[kraken]\nsymbols=["A/B"]\nidle_seconds=nan', "idle_seconds"),
}


@pytest.mark.parametrize("content, text", FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_is_refused_in_one_line(tmp_path, content, text):
    file = tmp_path / "feeds.toml"
    file.write_bytes(content)
    with pytest.raises(StockpulseError, match=text) as raised:
        feeds.prepare(settings.read_file(file), {})
    assert "\n" not in str(raised.value)
    assert "s3cr3t" not in str(raised.value)


@pytest.mark.parametrize(
    "options", [["--quotes"], ["--no-trades"], ["--url", "a"], ["--feed", "a"], ["--account", "a"]]
)
def test_options_of_a_source_without_one_are_refused(run, bare, options):
    done = run(bare, "feed", *options)
    assert done.code == 1
    assert "belong to a SOURCE" in done.error


def test_a_missing_file_says_what_to_do(run, bare, tmp_path):
    done = run(bare, "feed", "--config", str(tmp_path / "feeds.toml"))
    assert done.code == 1
    assert "copy feeds.example.toml" in done.error


def test_sources_of_one_venue_are_tables_within_its_table_or_of_their_own(tmp_path):
    file = tmp_path / "feeds.toml"
    file.write_text(
        '[okx]\nsymbols=["BTC-USDT"]\n[okx.all]\nsymbols=["ETH-USDT"]\n'
        '[binance.agg]\nsymbols=["BTCUSDT"]\n["binance"]\nsymbols=["ETHUSDT"]\n'
    )
    prepared = feeds.prepare(settings.read_file(file), {})
    assert [(feed.source.name, feed.subscriptions[0].symbol) for feed in prepared] == [
        ("okx", "OKX:BTC-USDT"),
        ("okx.all", "OKX:ETH-USDT"),
        ("binance", "BINANCE:ETHUSDT"),
        ("binance.agg", "BINANCE:BTCUSDT"),
    ]
    file.write_text('["binance.agg"]\nsymbols=["BTCUSDT"]')
    [feed] = feeds.prepare(settings.read_file(file), {})
    assert feed.source.name == "binance.agg"


def test_the_sources_are_those_of_the_page():
    page = (ROOT / "docs/sources.md").read_text()
    for name in settings.names():
        assert f"stockpulse feed {name} --symbols" in page, name


def test_a_token_belongs_to_a_venue():
    environ = {"STOCKPULSE_BINANCE_TOKEN": "t0k3n"}
    assert tokens.read("binance.agg", environ) == tokens.read("binance", environ) == "t0k3n"
