"""The Parquet files of archived days, found in the manifests of the snapshots that have them.

Neither a snapshot nor a manifest ever changes, so what was read of them is kept.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import StaticTable
from pyiceberg.types import DecimalType
from pyiceberg.utils.config import Config

from api.archived.days import Day

CATALOG = "stockpulse"  # whose settings pyiceberg reads: PYICEBERG_CATALOG__STOCKPULSE__...
LOCAL = "file://"
SCALES = "scales"  # of each row, how many decimals its numbers had
MOST_DAYS = 20_000
MOST_MANIFESTS = 2_000
EPOCH = date(1970, 1, 1)

Value = TypeVar("Value")


def properties() -> dict[str, Any]:
    """Returns the settings of the file system, as pyiceberg reads them."""
    return dict(Config().get_catalog_config(CATALOG) or {})


class File(NamedTuple):
    """A file of a day, and the snapshot that brought it."""

    day: date
    snapshot: int
    path: str


class Files:
    """Finds files; used by several threads, each of which may find the same again."""

    def __init__(self) -> None:
        self._tables: dict[str, StaticTable] = {}
        self._manifests = _Kept[tuple[File, ...]](MOST_MANIFESTS)
        self._days = _Kept[tuple[str, ...]](MOST_DAYS)

    def of(self, location: str, days: Sequence[Day]) -> dict[date, tuple[str, ...]]:
        """Returns the files of each day, all of one relation, whose table `location` describes.

        Raises OSError if they cannot be read, LookupError if the table has no such snapshot.
        """
        unknown = [day for day in days if self._days.get(day) is None]
        if unknown:
            self._find(self._table(location, unknown), unknown)
        return {day.day: self._days.get(day) or () for day in days}

    def paths(self, location: str, days: Sequence[Day]) -> list[str]:
        """Returns the files of several days; raises as of() does."""
        return [path for paths in self.of(location, days).values() for path in paths]

    def places(self, location: str, days: Sequence[Day]) -> dict[str, int]:
        """Returns which number, from 1 on, each decimal of a table has in its column `scales`.

        It is empty if there is no such column.
        """
        fields = self._table(location, days).schema().fields
        names = [field.name for field in fields if isinstance(field.field_type, DecimalType)]
        has_scales = any(field.name == SCALES for field in fields)
        return {name: n for n, name in enumerate(names, 1)} if has_scales else {}

    def _table(self, location: str, days: Sequence[Day]) -> StaticTable:
        """Returns the table as it was read last if that has the snapshots of all days."""
        known = self._tables.get(days[0].relation)
        if known is None or any(known.snapshot_by_id(day.snapshot) is None for day in days):
            known = StaticTable.from_metadata(location, properties())
            self._tables[days[0].relation] = known
        return known

    def _find(self, table: StaticTable, days: Sequence[Day]) -> None:
        current = table.current_snapshot()
        found = self._read(table, current.snapshot_id if current else 0, {day.day for day in days})
        for day in days:
            files = found[day.day]
            if not files or {file.snapshot for file in files} != {day.snapshot}:
                # Another snapshot of the day came later, and is not verified.
                files = self._read(table, day.snapshot, {day.day})[day.day]
            self._days.put(day, tuple(file.path for file in files))

    def _read(
        self, table: StaticTable, snapshot_id: int, days: set[date]
    ) -> defaultdict[date, list[File]]:
        found = defaultdict[date, list[File]](list)
        snapshot = table.snapshot_by_id(snapshot_id)
        if snapshot is None:
            raise LookupError(f"the archive has no snapshot {snapshot_id}")
        for manifest in snapshot.manifests(table.io):
            if _may_have(manifest, days):
                for file in self._of_manifest(table, manifest):
                    found[file.day].append(file)
        return found

    def _of_manifest(self, table: StaticTable, manifest: ManifestFile) -> Iterable[File]:
        known = self._manifests.get(manifest.manifest_path)
        if known is None:
            known = tuple(
                File(
                    EPOCH + timedelta(days=entry.data_file.partition[0]),
                    entry.snapshot_id or manifest.added_snapshot_id or 0,
                    entry.data_file.file_path.removeprefix(LOCAL),
                )
                for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
            )
            self._manifests.put(manifest.manifest_path, known)
        return known


def _may_have(manifest: ManifestFile, days: set[date]) -> bool:
    """Returns whether a manifest has files of one of the days, by its bounds."""
    bounds = manifest.partitions[0] if manifest.partitions else None
    if bounds is None or bounds.lower_bound is None or bounds.upper_bound is None:
        return True
    first, last = (
        EPOCH + timedelta(days=int.from_bytes(bound, "little", signed=True))
        for bound in (bounds.lower_bound, bounds.upper_bound)
    )
    return any(first <= day <= last for day in days)


class _Kept(Generic[Value]):
    """The values that were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        self._values[key] = value
        while len(self._values) > self._most:
            self._values.popitem(last=False)
