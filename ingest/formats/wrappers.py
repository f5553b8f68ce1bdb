"""Envelopes around a message: Kafka Connect's, Debezium's, CloudEvents', and JSON in a text."""

from typing import Any

from ingest.formats import fields, native, payload
from ingest.formats.fields import Malformed, Payload

MOST_LAYERS = 3  # a record of Debezium in Connect's envelope has two


def unwrap(value: Any) -> Any:
    """Returns the message within its envelopes; raises Malformed for one that cannot be opened."""
    for _ in range(MOST_LAYERS):
        if isinstance(value, str):
            value = _text(value)
        elif not isinstance(value, dict) or native.recognises(value):
            return value
        elif value.keys() == {"schema", "payload"}:
            value = value["payload"]
        elif value.keys() >= {"before", "after", "op"}:
            value = _debezium(value)
        elif value.keys() >= {"specversion", "id", "source", "type"}:
            value = _cloud_event(value)
        else:
            return value
    return value


def _text(text: str) -> Any:
    """Returns the JSON within a text, as of a writer that encodes twice."""
    if not text.lstrip().startswith(("{", "[")):
        raise Malformed("unknown format", f"the message is the text {fields.shown(text)}")
    return payload.read(text.encode())


def _debezium(record: Payload) -> Any:
    if record["op"] in ("c", "r") and record["after"] is not None:
        return record["after"]
    raise Malformed(
        "record of Debezium",
        f"op is {fields.shown(record['op'])}: only c and r, new rows, are read",
    )


def _cloud_event(event: Payload) -> Any:
    if "data" in event:
        return event["data"]
    raise Malformed("CloudEvent without data", "the CloudEvent has no data as JSON")
