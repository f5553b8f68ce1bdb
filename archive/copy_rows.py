"""Rows of the archive as COPY reads them: CSV, each number with the decimals it was stored with."""

import io
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from archive.tables import PRECISION, SCALE, SCALES, Relation

OPTIONS = pa.csv.WriteOptions(include_header=False)
SEPARATOR = "\x1f"  # of the texts of a list while equal lists are looked for
ESCAPED = re.compile(r'(["\\])')
TEXT = pa.string()


def csv(batch: pa.RecordBatch, relation: Relation) -> bytes:
    """Returns a batch as CSV: an unquoted empty field is null, a quoted one a text."""
    numbers = _numbers(batch, relation)
    names = [column.name for column in relation.columns]
    arrays = [_written(numbers.get(name, batch.column(name))) for name in names]
    text = io.BytesIO()
    pa.csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=names), text, OPTIONS)
    return text.getvalue()


def _written(array: pa.Array) -> pa.Array:
    """Returns a column as one that Arrow writes in the server's spelling."""
    if pa.types.is_large_list(array.type):
        return _literals(array)
    if pa.types.is_timestamp(array.type):  # ten times as fast as with a zone, which is UTC
        naive = array.cast(pa.timestamp("us")).cast(TEXT)
        return pc.binary_join_element_wise(naive, "Z", "")
    return array


def _numbers(batch: pa.RecordBatch, relation: Relation) -> dict[str, pa.Array]:
    """Returns the numbers as texts, by column."""
    encoded = batch.column(SCALES).dictionary_encode()  # few differ
    scales = [(text or "").split(",") for text in encoded.dictionary.to_pylist()]
    texts = {}
    for place, name in enumerate(relation.numbers):
        known = [int(one[place]) if one[place : place + 1] > [""] else SCALE for one in scales]
        texts[name] = _texts(batch.column(name), known, encoded.indices)
    return texts


def _texts(numbers: pa.Array, scales: list[int], indices: pa.Array) -> pa.Array:
    """Returns numbers as texts; `scales` of those that occur, `indices` by row."""
    if len(set(scales)) == 1:
        return _text(numbers, scales[0])
    scale_of_row = pa.array(scales, pa.int32()).take(indices)
    texts = pa.nulls(len(numbers), TEXT)
    for scale in set(scales):
        mask = pc.fill_null(pc.equal(scale_of_row, scale), scale == SCALE)
        texts = pc.replace_with_mask(texts, mask, _text(numbers.filter(mask), scale))
    return texts


def _text(numbers: pa.Array, scale: int) -> pa.Array:
    if scale <= SCALE:
        return numbers.cast(pa.decimal128(PRECISION, scale)).cast(TEXT)
    return pa.array(
        [
            None if number is None else format(number, f".{scale}f")
            for number in numbers.to_pylist()
        ],
        TEXT,
    )


def _literals(lists: pa.Array) -> pa.Array:
    """Returns lists of texts as the server writes arrays; few differ."""
    texts = lists.flatten()
    if texts.null_count or pc.any(pc.match_substring(texts, SEPARATOR)).as_py():
        return pa.array(
            [None if known is None else _literal(known) for known in lists.to_pylist()],
            pa.large_string(),
        )
    joined = pc.binary_join(lists.cast(pa.list_(pa.string())), SEPARATOR).cast(pa.large_string())
    lengths = pc.list_value_length(lists).cast(pa.large_string())
    keys = pc.binary_join_element_wise(lengths, joined, pa.scalar(SEPARATOR, joined.type))
    encoded = keys.dictionary_encode()
    literals = [_of_key(*key.split(SEPARATOR)) for key in encoded.dictionary.to_pylist()]
    return pa.array(literals, pa.large_string()).take(encoded.indices)


def _of_key(length: str, *texts: str) -> str:
    return _literal(texts[: int(length)])  # no text at all is joined to an empty one


def _literal(texts: Sequence[str | None]) -> str:
    parts = ["NULL" if text is None else '"' + ESCAPED.sub(r"\\\1", text) + '"' for text in texts]
    return "{" + ",".join(parts) + "}"
