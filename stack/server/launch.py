"""Replaces itself by another program that ends with its parent and may run as another user.

Run as a script, `launch.py PARENT SIGNAL USER PROGRAM ...`: Python code between fork and exec of a
process with threads may deadlock, so this code runs after an exec of its own.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, signal: int, user: str, command: list[str]) -> None:
    """Replaces this process by `command`, run as `user` unless that is empty."""
    if user:
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.environ["HOME"] = "/"
    if sys.platform == "linux":
        # After setuid, which resets it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        sys.exit("the parent process has already ended")
    os.execvp(command[0], command)  # noqa: S606 - the command comes from stack/server/child.py


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
