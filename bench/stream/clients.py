"""Many clients of the stream in one process; prints what they measured as JSON.

Each follows one symbol, and takes the time of arrival of every trade from its own time.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import time

TIME = re.compile(rb'"t":(\d+),')  # ts=ns
KEPT_BYTES = 64  # of what came, in which a time may be cut


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--wire", choices=["sse", "websocket"], required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--warm", type=int, required=True)
    parser.add_argument("--symbols", required=True)
    print(json.dumps(asyncio.run(_measure(parser.parse_args()))))


async def _measure(given: argparse.Namespace) -> dict[str, float]:
    symbols = given.symbols.split(",")
    latencies: list[float] = []
    begin = time.time() + given.warm
    tasks = [
        asyncio.create_task(
            _follow(given.port, given.wire, symbols[number % len(symbols)], begin, latencies)
        )
        for number in range(given.clients)
    ]
    await asyncio.sleep(given.warm + given.seconds)
    failed = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    latencies.sort()
    return {
        "trades": len(latencies),
        "failed": failed,
        "p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 1),
    }


async def _follow(port: int, wire: str, symbol: str, begin: float, latencies: list[float]) -> None:
    """Follows a symbol; a client refused because many come at once comes again after a second."""
    while await _is_refused(port, wire, symbol, begin, latencies):
        await asyncio.sleep(1)


async def _is_refused(
    port: int, wire: str, symbol: str, begin: float, latencies: list[float]
) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET /v1/stream?symbols={symbol}&ts=ns HTTP/1.1", "Host: bench"]
    if wire == "websocket":
        key = base64.b64encode(os.urandom(16)).decode()
        lines += [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        ]  # fmt: skip
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    rest = b""
    try:
        while data := await reader.read(1 << 16):
            if data.startswith(b"HTTP/1.1 503"):
                return True
            now = time.time()
            data = rest + data
            end = 0
            for found in TIME.finditer(data):
                end = found.end()
                if now >= begin:
                    latencies.append(now - int(found[1]) / 1e9)
            rest = data[max(end, len(data) - KEPT_BYTES) :]
    finally:
        writer.close()
    return False


if __name__ == "__main__":
    main()
