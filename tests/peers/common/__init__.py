"""What the comparisons with peers share: our own pixels, and where things lie.

Ours come from the debug builds of the command line and of the example `floats`, under
$CARGO_TARGET_DIR or `target`; public frames from $PROXYCORE_CORPUS, or ../shared/corpus beside the
checkout.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
CORPUS = Path(os.environ.get("PROXYCORE_CORPUS", ROOT.parent / "shared" / "corpus"))


def run(command, **options):
    """What a program prints, on stdout and stderr; RuntimeError with its complaint if it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, **options)
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        raise RuntimeError(complaint)
    return done.stdout, complaint


def ours(frame, *options):
    """A frame as stored: float32, height x width x 3; RuntimeError where it cannot be read."""
    pixels, said = run([TARGET / "examples" / "floats", frame, "-", *options])
    width, height = map(int, said.splitlines()[-1].split("x"))
    return np.frombuffer(pixels, "<f4").reshape(height, width, 3)


def info(frame, *options):
    """What `proxycore info --json` says of a frame."""
    return json.loads(run([TARGET / "proxycore", "info", "--json", *options, frame])[0])


def report(checks):
    """Prints what `checks`, given a folder, yields: a name, what was found, what is allowed, and its unit.
    The exit code."""
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, found, most, unit in checks(Path(folder)):
            ok = found <= most
            passed, failed = passed + ok, failed + (not ok)
            print(f"{'ok' if ok else 'FAILED'} {name}: {abs(found):.2f} {unit}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
