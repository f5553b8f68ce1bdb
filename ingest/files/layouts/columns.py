"""Files of no known layout: --columns says which column has what, by name or by number."""

import csv
from collections.abc import Callable, Mapping

import msgspec

from db.errors import UsageError
from ingest.files import members
from ingest.files.ids import Moments
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members, normal, quoted
from ingest.files.moments import NoZone, unix_times, written_times
from ingest.formats.events import Kind
from ingest.formats.fields import SIDES, shown

DELIMITERS = ",;\t|"
COMMON = ("time", "date", "symbol", "id", "exchange")
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "trade": ("price", "size", "side"),
    "quote": ("bid", "ask", "bid_size", "ask_size"),
}

RowText = Callable[[Row], str]


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    kind = _kind(options)
    at = _positions(file, options)
    columns = [(at[name], _members(name)) for name in (*FIELDS[kind], "exchange") if name in at]
    symbol_of = _symbols(file, options, at)
    assert options.source
    heads = members.heads(options.source, kind)
    time = _times(file, options, kind, at)
    mark = _marks(options, at, [index for index, _ in columns])

    def read(row: Row) -> Message:
        symbol, moment = symbol_of(row), time(row)
        fields = "".join([column[row[index]] for index, column in columns])
        if kind == "quote" and '"bid":' not in fields and '"ask":' not in fields:
            raise ValueError("bid and ask are missing")
        marks = mark(row, symbol, moment)
        return symbol, f'{heads[symbol]}{moment}"{fields}{marks}{BACKFILL}'.encode()

    return read


def _kind(options: FileOptions) -> Kind:
    """Returns what the columns make; raises UsageError if they cannot make one kind of events."""
    given = options.columns.keys()
    known = {*COMMON, *FIELDS["trade"], *FIELDS["quote"]}
    if unknown := [name for name in given if name not in known]:
        raise UsageError(
            f"--columns has no field {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    if "time" not in given:
        raise UsageError("--columns has no time")
    if not options.source:
        raise UsageError("--columns needs --source, the name under which the events are stored")
    is_trade, is_quote = "price" in given, bool(given & {"bid", "ask"})
    if is_trade and is_quote and options.kind is None:
        raise UsageError("--columns has a price and a bid or ask: say which with --kind")
    kind: Kind = options.kind or ("quote" if is_quote else "trade")
    if not (is_trade if kind == "trade" else is_quote):
        needed = "price" if kind == "trade" else "bid and no ask"
        raise UsageError(f"--columns has no {needed}")
    return kind


def _positions(file: FileFacts, options: FileOptions) -> dict[str, int]:
    """Returns the index of the column of each field."""
    names = [name.strip().lower() for name in file.header or ()]
    return {
        field: int(column) - 1 if column.isdecimal() else names.index(column.lower())
        for field, column in options.columns.items()
    }


def _members(field: str) -> Members:
    match field:
        case "price":
            return members.prices()
        case "bid" | "ask":
            return members.sides_of_quotes(field)
        case "side":
            return Members(_side)
        case "exchange":
            return members.labels(field)
    return members.sizes(field)


def _side(text: str) -> str:
    side = SIDES.get(text.strip().lower(), "")
    if text.strip() and not side:
        raise ValueError(f"side is {shown(text)}, neither buy nor sell")
    return f',"side":"{side}"' if side else ""


def _symbols(file: FileFacts, options: FileOptions, at: Mapping[str, int]) -> RowText:
    if "symbol" in at:
        if options.symbol:
            raise UsageError("--symbol cannot be given if --columns has a symbol")
        index, known = at["symbol"], Members(members.symbol_of_cell)
        return lambda row: known[row[index]]
    if not options.symbol:
        raise UsageError(f"{file.name}: no symbol in --columns: name it with --symbol")
    symbol = options.symbol
    return lambda _row: symbol


def _times(file: FileFacts, options: FileOptions, kind: Kind, at: Mapping[str, int]) -> RowText:
    limit = options.limits.get(kind)
    unix = unix_times(limit, options.time_unit)
    written = written_times(options.time_zone, limit)
    date_at, time_at = at.get("date"), at["time"]

    def read(row: Row) -> str:
        text = row[time_at].strip()
        if date_at is not None:
            return written(f"{row[date_at].strip()} {text}")
        return unix(text) if text.replace(".", "", 1).isdigit() else written(text)

    for row in file.first_rows[:1]:
        try:
            read(row)
        except NoZone as error:
            raise UsageError(f"{file.name}: {error}") from None
        except ValueError:
            pass  # it is a wrong line
    return read


def _marks(
    options: FileOptions, at: Mapping[str, int], content: list[int]
) -> Callable[[Row, str, str], str]:
    """Returns a function that gives the id of a row and, if that is no number, the sequence."""
    moments: dict[str, Moments] = {}
    source, ids = options.source or "", members.ids()
    id_at = at.get("id")
    contents = Members(_content)

    def mark(row: Row, symbol: str, moment: str) -> str:
        count = moments.get(symbol) or moments.setdefault(symbol, options.counts.of(source, symbol))
        if id_at is None:
            text = "x".join([contents[row[index]] for index in content])
            tick_id, number = count.place(moment, text)
            return f',"seq":{number},"dedupe_id":{quoted(tick_id)}'
        tick_id = row[id_at].strip()
        if tick_id.isdigit() and tick_id.isascii():
            return f',"dedupe_id":{ids[tick_id]}'
        return f',"seq":{count.number(moment)},"dedupe_id":{ids[tick_id]}'

    return mark


def _content(cell: str) -> str:
    try:
        return normal(cell)
    except ValueError:
        return cell.strip().lower()


def _adapt(name: str, line: str, options: FileOptions) -> Layout:
    """Returns the layout with the delimiter and the header in which all columns are found."""
    if options.columns:
        _kind(options)
    wanted = {column.lower() for column in options.columns.values()}
    missing = wanted
    for delimiter in DELIMITERS if wanted else "":
        cells = next(csv.reader([line], delimiter=delimiter), [])
        names = {cell.strip().lower() for cell in cells}
        named = {column for column in wanted if not column.isdecimal()}
        left = {column for column in wanted - named if not 1 <= int(column) <= len(cells)}
        left |= named - names
        if not left:
            if named:
                return msgspec.structs.replace(
                    COLUMNS, headers=(tuple(cells),), delimiter=delimiter
                )
            return msgspec.structs.replace(COLUMNS, widths=(len(cells),), delimiter=delimiter)
        missing = left if len(left) < len(missing) else missing
    if wanted:
        first = line if len(line) <= 80 else f"{line[:77]}..."
        raise UsageError(f"{name}: no column {min(missing)!r} in its first line, {first!r}")
    return COLUMNS


COLUMNS = Layout(
    name="columns",
    open=_open,
    adapt=_adapt,
    kinds=("trade", "quote"),
    takes=("time_unit", "time_zone"),
)
LAYOUTS = (COLUMNS,)
