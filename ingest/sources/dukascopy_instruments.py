"""Dukascopy's instruments: their codes, and the decimals of their prices if these are known here.

Hour files have neither, and no rule gives the decimals: HKD/JPY has five.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from db.errors import UsageError

SOURCE = "dukascopy"
VENUE = "DUKASCOPY"

# From Dukascopy's own metadata (priceScale).
CODES_BY_DECIMALS = {
    5: """AUD/CAD AUD/CHF AUD/NZD AUD/SGD AUD/USD CAD/CHF EUR/AUD EUR/CAD EUR/CHF EUR/DKK EUR/GBP
          EUR/HKD EUR/NOK EUR/NZD EUR/PLN EUR/SEK EUR/SGD EUR/TRY EUR/USD GBP/AUD GBP/CAD GBP/CHF
          GBP/NZD GBP/USD HKD/JPY NZD/CAD NZD/CHF NZD/USD USD/CAD USD/CHF USD/CNH USD/DKK USD/HKD
          USD/MXN USD/NOK USD/PLN USD/SEK USD/SGD USD/TRY USD/ZAR""",
    4: "COPPER.CMD/USD EUR/CZK GAS.CMD/USD",
    3: """AUD/JPY CAD/JPY CHF/JPY EUR/HUF EUR/JPY GBP/JPY NZD/JPY SGD/JPY USD/HUF USD/JPY ZAR/JPY
          XAG/USD XAU/USD XPD.CMD/USD XPT.CMD/USD BRENT.CMD/USD LIGHT.CMD/USD
          DEU.IDX/EUR FRA.IDX/EUR GBR.IDX/GBP JPN.IDX/JPY USA30.IDX/USD USA500.IDX/USD
          USATECH.IDX/USD""",
    1: "BTC/USD ETH/USD LTC/USD",
}


class Instrument(NamedTuple):
    """An instrument of Dukascopy's."""

    code: str  # EUR/USD
    decimals: int  # of its prices

    @property
    def symbol(self) -> str:
        """Its symbol in messages and tables: DUKASCOPY:EUR/USD."""
        return f"{VENUE}:{self.code}"

    @property
    def folder(self) -> str:
        """Its name in the paths of hour files: EURUSD."""
        return folder(self.code)


def folder(code: str) -> str:
    """Returns the name of an instrument in the paths of hour files: EURUSD for EUR/USD."""
    return code.replace("/", "").replace(".", "")


def known() -> dict[str, Instrument]:
    """Returns the instruments whose decimals are known here, by folder."""
    return {
        folder(code): Instrument(code, decimals)
        for decimals, codes in CODES_BY_DECIMALS.items()
        for code in codes.split()
    }


def instruments(symbols: Collection[str], scales: Mapping[str, int]) -> dict[str, Instrument]:
    """Returns the instrument of each folder; raises UsageError if its decimals are unknown."""
    found = known()
    for code, decimals in scales.items():
        listed = found.get(folder(code))
        found[folder(code)] = Instrument(listed.code if listed else code, decimals)
    if unknown := sorted(set(symbols) - found.keys()):
        raise UsageError(
            f"the number of decimals in prices of {', '.join(unknown)} is not known: "
            f"pass --scale {unknown[0]}=N"
        )
    return {symbol: found[symbol] for symbol in symbols}
