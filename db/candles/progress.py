"""The callback by which a long run reports its progress."""

from collections.abc import Callable
from contextlib import AbstractContextManager

# Called with a description, the number of units to do (None if unknown) and the name of a unit. The
# context it returns gives a function, to be called with each number of units done.
Progress = Callable[[str, int | None, str], AbstractContextManager[Callable[[int], None]]]
