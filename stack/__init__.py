"""A database and a broker on this machine, for the demo, the tests and the bench.

Linux and macOS; the embedded database needs Debian 12 or newer (stack/database/debian.py).
"""

import sys

from db.errors import StockpulseError

if sys.platform == "win32":
    raise StockpulseError(
        "`stockpulse stack` and `stockpulse demo` do not run on Windows: use WSL or docker compose"
    )
