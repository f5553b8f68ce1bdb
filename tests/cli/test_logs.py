"""Log lines can be parsed: one line per event, values with spaces in quotes."""

import logging

from cli.logs import Formatter


def _line(**facts: object) -> str:
    record = logging.makeLogRecord({"msg": "event", "levelname": "INFO", "created": 0.0} | facts)
    return Formatter().format(record)


def test_values_are_quoted_so_that_they_end_where_they_should() -> None:
    assert _line(rows=3, seconds=0.25).endswith("Z INFO event rows=3 seconds=0.250")
    assert _line(error='to "db"\nfailed').endswith(r'event error="to \"db\" failed"')
    assert _line(error="").endswith('event error=""')
    assert _line(path=r"C:\new dir").endswith(r'event path="C:\\new dir"')
