"""A service of bars in the style of the seeds, for the comparison: FastAPI, SQLAlchemy, psycopg2.

It needs `pip install fastapi psycopg2-binary`, which nothing else does.
"""

import os
from collections.abc import Iterator
from datetime import UTC
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://")
engine = create_engine(URL, pool_size=8, max_overflow=8, pool_pre_ping=True)
sessions = sessionmaker(bind=engine)
app = FastAPI(title="StockPulse Analytics API")

BARS = text(
    "select symbol, bucket_start, open, high, low, close, volume_sum, tick_count"
    " from stock_bars_1m where symbol = :symbol order by bucket_start desc limit :limit"
)


def session() -> Iterator[Session]:
    """Yields a session for one request."""
    opened = sessions()
    try:
        yield opened
    finally:
        opened.close()


@app.get("/health")
def health(db: Annotated[Session, Depends(session)]) -> dict[str, str]:
    """Returns the state of the service and its database."""
    db.execute(text("select 1"))
    return {"status": "ok", "db": "ok"}


@app.get("/bars/latest")
def bars_latest(
    db: Annotated[Session, Depends(session)],
    symbol: Annotated[str, Query(min_length=1, max_length=10)],
    limit: Annotated[int, Query(ge=1, le=1440)] = 60,
) -> dict[str, Any]:
    """Returns the newest bars of a symbol, newest first."""
    rows = db.execute(BARS, {"symbol": symbol.upper(), "limit": limit}).mappings().all()
    bars = [
        {
            "symbol": row["symbol"],
            "bucket_start": row["bucket_start"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "open": float(row["open"]),
            "high": float(row["high"]),
            "low": float(row["low"]),
            "close": float(row["close"]),
            "volume_sum": int(row["volume_sum"]),
            "tick_count": int(row["tick_count"]),
        }
        for row in rows
    ]
    return {"symbol": symbol.upper(), "count": len(bars), "bars": bars}
