"""Massive's (Polygon's) flat files of US stock trades.

Conditions are numbers; they become the letters of the consolidated tapes, by which bars are ruled.
"""

from ingest.files import members, symbols
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members
from ingest.files.moments import unix_times
from ingest.formats.fields import shown

TRADES = (
    "ticker", "conditions", "correction", "exchange", "id", "participant_timestamp", "price",
    "sequence_number", "sip_timestamp", "size", "tape", "trf_id", "trf_timestamp",
)  # fmt: skip
FRACTIONAL = (*TRADES, "decimal_size")
TAPES = {"1": "A", "2": "B", "3": "C", "": "", "0": ""}
NASDAQ = "3"
# What both tapes' plans call a condition, then where they differ: of A and B, of C. An empty letter
# is a condition that says nothing of the price.
LETTERS = {
    "0": "", "6": "", "7": "C", "8": "6", "9": "X", "10": "4", "12": "T", "13": "U", "14": "F",
    "15": "M", "16": "Q", "17": "O", "18": "5", "19": "6", "20": "N", "21": "H", "22": "P",
    "23": "K", "24": "K", "25": "O", "27": "", "28": "5", "29": "R", "30": "L", "32": "Z",
    "33": "Z", "34": "", "37": "I", "38": "9", "41": "", "52": "V", "53": "7", "57": "", "58": "",
    "59": "",
}  # fmt: skip
OF_A_AND_B = {"1": "", "2": "B", "3": "E", "4": "", "5": "Z", "11": "", "36": ""}
OF_C = {"1": "A", "2": "W", "3": "", "4": "B", "5": "G", "11": "D", "36": "Y"}
# 1 has the original time and corrected values. The others are cancelled or wrong trades, and the
# records that say so.
STANDS = {"": True, "0": True, "1": True, "00": True, "01": True}
IS_VOID = frozenset(("7", "07", "8", "08", "10", "11", "12"))


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    symbols.refuse_option(file, options)
    source = options.source or "massive"
    heads = members.heads(source, "trade")
    prices, sizes, exchanges = members.prices(), members.needed_sizes(), members.labels("exchange")
    tapes = members.words("tape", TAPES)
    conditions = {tape: _conditions(tape == NASDAQ) for tape in TAPES}
    time = unix_times(options.limits.get("trade"), "ns")
    has_fraction = file.width == len(FRACTIONAL)

    def read(row: Row) -> Message | None:
        if row[2] not in STANDS:
            _check_void(row[2])
            return None
        tape = tapes[row[10]]
        size = (has_fraction and row[13]) or row[9]
        return row[0].strip(), (
            f'{heads[row[0]]}{time(row[8])}"{prices[row[6]]}{sizes[size]}{exchanges[row[3]]}{tape}'
            f"{conditions[row[10]][row[1]]}{_seq(row[7])}"
            f',"dedupe_id":{_id(row)}{BACKFILL}'
        ).encode()

    return read


def _check_void(correction: str) -> None:
    if correction not in IS_VOID:
        raise ValueError(f"correction is {shown(correction)}, which is not known")


def _conditions(is_nasdaq: bool) -> Members:
    """Returns the members of a list of numbers, "12,37"."""
    letters = LETTERS | (OF_C if is_nasdaq else OF_A_AND_B)

    def read(text: str) -> str:
        numbers = [number.strip() for number in text.split(",")] if text.strip() else []
        if not all(number.isdecimal() and number.isascii() for number in numbers):
            raise ValueError(f"conditions are {shown(text)}, not numbers")
        # A number without a letter stays as it is: bars then count its volume alone.
        found = dict.fromkeys(letters.get(number, number) for number in numbers)
        named = ",".join(members.quoted(letter) for letter in found if letter)
        return f',"conditions":[{named}]' if named else ""

    return Members(read)


def _seq(text: str) -> str:
    if not (text.isdecimal() and text.isascii() and len(text) <= 18):
        raise ValueError(f"sequence_number is {shown(text)}, not a number")
    return f',"seq":{int(text)}'


def _id(row: Row) -> str:
    """Returns an id that is unique per symbol and exchange: where two report to one, with both."""
    if not row[4]:
        raise ValueError("id is missing")
    facility = row[11].strip()
    return members.quoted(row[4] if facility in ("", "0") else f"{row[4]}/{facility}")


LAYOUTS = (Layout(name="massive", open=_open, headers=(TRADES, FRACTIONAL)),)
