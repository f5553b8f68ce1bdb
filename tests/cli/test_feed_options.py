"""`stockpulse feed` with options and files that cannot be: one line each, before Kafka is asked."""

import pytest

from db.errors import StockpulseError
from ingest.feed import run as feeds
from ingest.feed import settings

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
