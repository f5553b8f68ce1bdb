"""Becomes another program that ends with its parent and may not be root.

Run as a script, `launch.py PARENT SIGNAL USER PROGRAM ...`: between fork and exec of a process
with threads Python code may deadlock, so this runs after an exec of its own.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, signal: int, user: str, command: list[str]) -> None:
    """Replaces this process by `command`, as `user` unless that is empty."""
    if user:
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.environ["HOME"] = "/"
    if sys.platform == "linux":
        # After setuid, which clears it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        sys.exit("the process that asked for this one is gone")
    os.execvp(command[0], command)  # noqa: S606 - the command is our own caller's


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
