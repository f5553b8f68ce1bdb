"""The formats of tables, with their media types and endings of files."""

from typing import NamedTuple


class Format(NamedTuple):
    """A format by its name, with its media type in answers and others by which it is asked for."""

    name: str
    extension: str
    media_type: str
    aliases: tuple[str, ...] = ()
    needs_arrow: bool = False

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media types without their parameters, by which clients ask for the format."""
        return (self.media_type.partition(";")[0], *self.aliases)


JSON = Format("json", "json", "application/json")
NDJSON = Format(
    "ndjson", "ndjson", "application/x-ndjson", ("application/ndjson", "application/jsonl")
)
CSV = Format("csv", "csv", "text/csv; charset=utf-8; header=present")
ARROW = Format("arrow", "arrows", "application/vnd.apache.arrow.stream", needs_arrow=True)
PARQUET = Format("parquet", "parquet", "application/vnd.apache.parquet", needs_arrow=True)
FORMATS = {one.name: one for one in (JSON, NDJSON, CSV, ARROW, PARQUET)}
