"""Ids of rows that have none: their content, and their number among equal rows of one moment.

So equal rows stay apart, and the same file sent twice gives the same ids. Such a file must be in
order of time, then counting needs no memory. The next file of a run goes on counting if it begins
in the moment in which the last one ended.
"""


class Moments:
    """Counts the rows of a moment of one symbol, and the equal ones among them."""

    def __init__(self) -> None:
        self._time = ""
        self._rows = -1
        self._is_first = True
        self._equal: dict[str, int] = {}

    def begin_file(self) -> None:
        """Lets the next row be of any time."""
        self._is_first = True

    def number(self, time: str) -> int:
        """Returns the number of a row in its moment, from 0, which orders rows of one moment."""
        if time != self._time:
            self._time, self._rows = time, -1
            self._equal.clear()
        self._is_first = False
        self._rows += 1
        return self._rows

    def place(self, time: str, content: str) -> tuple[str, int]:
        """Returns the id of a row, and its number as number() does.

        `time` is as messages have it, `content` tells different rows of a moment apart. Raises
        ValueError if the time is before that of the row before.
        """
        # Six and nine decimals compare as times if the Z is left out.
        if time != self._time and time[:-1] < self._time[:-1] and not self._is_first:
            raise ValueError(
                f"time goes back to {time} from {self._time}: a file without ids has to be in"
                " order of time"
            )
        row = self.number(time)
        equal = self._equal.get(content, 0)
        self._equal[content] = equal + 1
        return f"{content}#{equal}", row


class Counts:
    """The counters of a run, one for each series."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, str], Moments] = {}

    def of(self, source: str, symbol: str) -> Moments:
        """Returns the counter of a series for one file; another file asks for it again."""
        moments = self._moments.setdefault((source, symbol), Moments())
        moments.begin_file()
        return moments
