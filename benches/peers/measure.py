"""What a command costs: CPU seconds of all its processes, wall seconds, peak MiB of the largest.

A child begins with the peak of the process that starts it. So this file runs itself, as a process that
is smaller than anything it measures.
"""

import os
import subprocess
import sys
import time
from typing import NamedTuple

# the ffmpeg that is measured
FFMPEG = os.environ.get("FFMPEG", "ffmpeg")


class Cost(NamedTuple):
    """CPU is user and system time as the kernel counts it for whoever is waited for."""

    cpu: float
    wall: float
    mib: float


def cost(command, env=None):
    """Runs a line of the shell to its end, and ends with what it said where it fails."""
    ran = subprocess.run([sys.executable, "-S", __file__, command], capture_output=True, text=True, env=env)
    if ran.returncode:
        raise SystemExit(f"failed: {command}\n{ran.stderr[-2000:]}")
    return Cost(*map(float, ran.stdout.split()))


def main():
    start = time.monotonic()
    child = subprocess.Popen(["sh", "-c", sys.argv[1]], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    print(used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss / 1024)
    sys.exit(child.returncode)


if __name__ == "__main__":
    main()
