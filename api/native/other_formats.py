"""The other formats in the OpenAPI document: answers of each, and the refusals that they bring."""

from typing import Any

import msgspec

from api.errors import NeedsChunks, NotAcceptable
from api.formats.export import NO_STREAMS
from api.native.errors import MEDIA_TYPE, body_of
from db.tables.formats import FORMATS, JSON

TEXTS = {
    "csv": "symbol,t,p,s\nAAPL,2026-02-27T14:30:00.000000000Z,189.72,100.0\n",
    "ndjson": '{"symbol":"AAPL","t":"2026-02-27T14:30:00.000000000Z","p":189.72,"s":100.0}\n',
}
REFUSALS = (
    NotAcceptable("Accept must allow one of application/json, application/x-ndjson, text/csv"),
    NeedsChunks(NO_STREAMS),
)
PARTS = {
    "206": "A part of the answer in another format than JSON, by Range",
    "416": "The part that Range asks for is not in the answer",
}


def describe(operation: dict[str, Any]) -> None:
    """Adds the formats to an operation that has the parameter `format`."""
    if all(parameter["name"] != "format" for parameter in operation.get("parameters", ())):
        return
    answers = operation["responses"]
    others = {
        form.media_types[0]: {
            "schema": {"type": "string"} | ({} if form.name in TEXTS else {"format": "binary"}),
            "examples": {form.name: {"value": TEXTS.get(form.name, "the bytes of a file")}},
        }
        for form in FORMATS.values()
        if form != JSON
    }
    answers["200"]["content"].update(others)
    for status, text in PARTS.items():
        answers[status] = {"description": text, "content": others}
    shape = answers["422"]["content"][MEDIA_TYPE]["schema"]
    for problem in REFUSALS:
        answers[str(problem.status)] = {
            "description": problem.title,
            "content": {
                MEDIA_TYPE: {
                    "schema": shape,
                    "examples": {problem.slug: {"value": msgspec.to_builtins(body_of(problem))}},
                }
            },
        }
