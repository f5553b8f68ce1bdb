"""The requests that the schema allows and the API still refuses: all of them stand here."""

import json
import re
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """One kind of refusal: the status, the answer, and why a schema cannot say it."""

    status: int
    answer: str  # all of what said() makes of it, as a regular expression
    reason: str


NAME = r"(?s:.)+"
UNKNOWN = "a symbol that is not stored: the schema cannot list those that are"
SHARED = "several instruments have this spelling"
RELATION = "a relation between parameters"
TOKEN = "a token that the API did not give, or gave for another query"
TOGETHER = "a relation between the items of a list, or their number and length together"
STORED = "a relation between a parameter and what is stored of the symbol"

REFUSALS = (
    Refusal(431, "The URL and the headers are larger than 64000 bytes.\n", TOGETHER),
    # /v1, and the legacy paths
    Refusal(404, f"unknown-symbol symbols?: no symbol {NAME} has been stored", UNKNOWN),
    Refusal(404, f"NOT_FOUND symbol: no symbol {NAME} has been stored", UNKNOWN),
    Refusal(404, f"NOT_FOUND: nothing of {NAME} in the last [0-9]+ minutes", STORED),
    Refusal(404, f"unknown-calendar (symbol|calendar): {NAME}", STORED),
    Refusal(422, f"(invalid-parameter|VALIDATION_ERROR) symbols?: {NAME} may be {NAME}", SHARED),
    Refusal(422, "invalid-parameter start: start must not be after end", RELATION),
    Refusal(422, "invalid-parameter symbol: symbol or calendar is required, one of them", RELATION),
    Refusal(422, "invalid-parameter page_token: page_token is not a page token", TOKEN),
    Refusal(422, "invalid-parameter page_token: page_token does not belong to this query", TOKEN),
    Refusal(422, f"invalid-parameter session: session (regular )?needs sessions: {NAME}", STORED),
    Refusal(422, f"invalid-parameter (page_token|tz|coverage): {NAME} is for JSON alone: {NAME}",
            RELATION),
    Refusal(422, "invalid-parameter ts: ts cannot be ns: there are times beyond 2262", STORED),
    Refusal(422, f"invalid-parameter asof: asof must be left out: {NAME}", STORED),
    Refusal(422, f"invalid-parameter currency: currency must be left out: {NAME}", STORED),
    Refusal(422, "invalid-parameter symbols: symbols must be 100 at most", TOGETHER),
    # /alpaca
    Refusal(400, "40010000: symbols must be 100 at most", TOGETHER),
    Refusal(400, f"40010000: {NAME} may be {NAME}", SHARED),
    Refusal(404, f"40410000: no (trade|quote|bar|snapshot) found for {NAME}", UNKNOWN),
    Refusal(400, "40010000: start(, the beginning of this day by default,)? must not be after end",
            RELATION),
    Refusal(400, "40010000: page_token is not a page token", TOKEN),
    Refusal(400, "40010000: page_token does not belong to this query", TOKEN),
    Refusal(400, f"40010000: (asof|currency) must be left out: {NAME}", STORED),
    # /binance
    Refusal(400, "-1121: Invalid symbol.", UNKNOWN),
    Refusal(400, f"-1121: Invalid symbol: {NAME} may be {NAME}", SHARED),
    Refusal(400, f"-1128: Combination of optional parameters invalid. {NAME}", RELATION),
    Refusal(400, f"-1128: fromId cannot be used: {NAME}", STORED),
    Refusal(400, "-1101: Too many parameters; duplicate values in 'symbols' detected.", TOGETHER),
    # /udf
    Refusal(404, f"error: no (such )?symbol {NAME}", UNKNOWN),
    Refusal(422, f"error: {NAME} may be {NAME}", SHARED),
    Refusal(422, "error: from must not be after to", RELATION),
)  # fmt: skip


def is_listed(status: int, text: str) -> bool:
    """Returns whether an answer is one of the refusals above."""
    written = said(text)
    return any(
        status == one.status and re.fullmatch(one.answer, written) is not None for one in REFUSALS
    )


def said(text: str) -> str:
    """Returns what an error of any dialect says, in one line: its code, its field, its message."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    match found:
        case {"type": str(kind), "detail": str(detail), **rest}:
            return _line(kind.rpartition(":")[2], rest.get("field"), detail)
        case {"detail": {"error": {"code": code, "message": message, **rest}}}:
            return _line(code, rest.get("field"), message)
        case {"code": code, "message": message} | {"code": code, "msg": message}:
            return _line(code, None, message)
        case {"s": "error", "errmsg": message}:
            return _line("error", None, message)
    return text


def _line(code: Any, field: str | None, message: str) -> str:
    return f"{code} {field}: {message}" if field else f"{code}: {message}"
