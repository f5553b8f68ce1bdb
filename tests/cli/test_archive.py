"""The commands of the archive: what they refuse, and that nothing else needs their packages."""

from pathlib import Path

import pytest

from tests.cli.test_imports import WITHOUT, python

EXTRA = "pyiceberg,pyiceberg_core,pyarrow,duckdb"
REFUSED = {
    "no day": (["archive", "yesterday"], "'yesterday' is not a day like 2026-02-27"),
    "a time": (["restore", "2026-02-27T12:00"], "'2026-02-27T12:00' is not a day like 2026-02-27"),
    "another calendar": (["archive", "20260227"], "'20260227' is not a day like 2026-02-27"),
    "the last day of all": (["archive", "9999-12-31"], "'9999-12-31' is not a day like 2026-02-27"),
    "off and more": (["archive", "--off", "--list"], "--off goes alone"),
    "a list by force": (["archive", "--list", "--force"], "--list does not go with --force"),
    "nothing between": (
        ["archive", "--since", "2026-03-01", "--until", "2026-03-01"],
        "--since 2026-03-01 is not before --until 2026-03-01",
    ),
    "a day and a range": (
        ["archive", "2026-02-27", "--since", "2026-02-01"],
        "a DAY does not go with --since and --until",
    ),
    "released as it was": (
        ["restore", "2026-02-27", "--release", "--as-of", "2026-03-01"],
        "--release goes with a DAY alone",
    ),
}
WAREHOUSES = {
    "": "STOCKPULSE_WAREHOUSE is not set: a directory or s3://bucket/prefix, for the archive",
    "archive": (
        "STOCKPULSE_WAREHOUSE is 'archive', but must be an absolute path or like s3://bucket/prefix"
    ),
    "s3://": (
        "STOCKPULSE_WAREHOUSE is 's3://', but must be an absolute path or like s3://bucket/prefix"
    ),
}


@pytest.mark.parametrize("words, sentence", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_one_line(
    bare: dict[str, str], words: list[str], sentence: str
) -> None:
    done = python(WITHOUT, bare, "none", *words)
    assert done.stderr == f"stockpulse: {sentence}\n"
    assert done.returncode == 1


@pytest.mark.parametrize("warehouse, sentence", WAREHOUSES.items(), ids=["none", "relative", "s3"])
def test_a_warehouse_is_a_directory_or_a_bucket(
    bare: dict[str, str], warehouse: str, sentence: str
) -> None:
    done = python(WITHOUT, {**bare, "STOCKPULSE_WAREHOUSE": warehouse}, "none", "archive")
    assert done.stderr == f"stockpulse: {sentence}\n"


@pytest.mark.parametrize("words", [["archive"], ["restore", "2026-02-27"]], ids=" ".join)
def test_missing_packages_are_named_with_the_extra_that_has_them(
    bare: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    environ = {**bare, "STOCKPULSE_WAREHOUSE": str(tmp_path)}
    done = python(WITHOUT, environ, EXTRA, *words)
    assert done.stderr == (
        "stockpulse: the archive needs more packages: pip install 'stockpulse[archive]'\n"
    )
    assert python(WITHOUT, environ, EXTRA, words[0], "--help").returncode == 0
