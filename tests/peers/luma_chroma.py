"""Luminance-chroma OpenEXR against OpenEXR's own RGBA interface, which writes and reads it.

    cargo build -p proxycore-cli && cargo build -p proxycore-examples --example floats
    python tests/peers/luma_chroma.py

Builds `rgba.cpp` beside it, which needs g++, pkg-config and libopenexr-dev. That writes a matrix
(channels x compression, chromaticities, line orders, windows) and reads it back; ours has to give
the same R, G and B. Then public frames are read by both where they are. Chroma lies at every second
pixel and OpenEXR interpolates it in halves, we in floats: a sample may differ by two in a hundred,
or by 0.005 of the picture's white where it is darker than that makes sense.

Prints a line a case and closes with `N passed, M failed`; exits 1 where one failed.
"""

import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np

    from common import CORPUS, info, ours, run
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

RELATIVE, ABSOLUTE = 0.02, 0.005

# numbers of RgbaChannels, Compression and LineOrder
A, Y, C = 8, 16, 32
CHANNELS = {"Y": Y, "YA": Y | A, "YC": Y | C, "YCA": Y | C | A}
COMPRESSIONS = ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"]
ORDERS = ["increasing", "decreasing"]

# red, green, blue, white
PRIMARIES = {
    "Rec.2020": [0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290],
    "AP0": [0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.0770, 0.32168, 0.33767],
    "XYZ": [1, 0, 0, 1, 0, 0, 1 / 3, 1 / 3],
}


def build(folder):
    """The program, or why there is none."""
    if not shutil.which("g++") or not shutil.which("pkg-config"):
        return None, "no g++ or no pkg-config"
    there = subprocess.run(["pkg-config", "--cflags", "--libs", "OpenEXR"], capture_output=True, text=True)
    if there.returncode:
        return None, "no libopenexr-dev"
    program, source = folder / "rgba", Path(__file__).with_name("rgba.cpp")
    run(["g++", "-std=c++17", "-O1", source, "-o", program, *there.stdout.split()])
    return program, None


def picture(width, height):
    """Waves of colour over a ramp of light from dark to highlights, edges, and a hole in the alpha."""
    y, x = np.mgrid[0:height, 0:width]
    light = 0.02 * 400 ** (x / max(width - 1, 1))
    planes = [light * (0.55 + 0.4 * np.sin(x / (9.0 + c) + y / (13.0 - 3 * c) + c)) for c in range(3)]
    pixels = np.stack([*planes, np.ones_like(light)], -1)
    pixels[height // 4 : height // 2, width // 4 : width // 2, :3] = [0.9, 0.2, 0.05]
    pixels[height // 2 :, : width // 8] = 0
    return pixels.astype("<f4")


def write(program, frame, size, channels, compression, order="increasing", window=None, primaries=()):
    """Writes a frame with the data window (x, y, width, height) in a display of `size`."""
    x, y, width, height = window or (0, 0, *size)
    words = [CHANNELS[channels], COMPRESSIONS.index(compression), ORDERS.index(order)]
    words = [program, "write", frame, *words, x, y, width, height, *size, *primaries]
    run(words, input=picture(width, height).tobytes())


def cases(program, folder):
    """Name and frame of what OpenEXR writes."""
    frame = folder / "frame.exr"

    def made(name, size, *words, **options):
        write(program, frame, size, *words, **options)
        return name, frame

    for channels, compression in itertools.product(CHANNELS, COMPRESSIONS):
        yield made(f"{channels} {compression}", (70, 46), channels, compression)
    for size in [(2, 2), (4, 2), (2, 64), (200, 2), (16, 16), (130, 98)]:
        yield made(f"YC zip {size[0]}x{size[1]}", size, "YC", "zip")
    for order, compression in itertools.product(ORDERS, ["none", "zip", "b44"]):
        yield made(f"YCA {compression} {order}", (70, 46), "YCA", compression, order)
    for name, primaries in PRIMARIES.items():
        for channels in ["Y", "YC"]:
            yield made(f"{channels} of {name}", (70, 46), channels, "zip", primaries=primaries)
    inside, beyond, beside = (10, 6, 40, 30), (-20, -14, 120, 90), (80, 60, 20, 20)
    for name, window in [("inside", inside), ("beyond", beyond), ("beside", beside)]:
        yield made(f"YC data window {name} the display's", (70, 46), "YC", "piz", window=window)


def corpus():
    for frame in sorted(CORPUS.glob("exr/**/*.exr")):
        told = info(frame)
        if told["picture"]["channels"] == ["RY", "Y", "BY"]:
            yield str(frame.relative_to(CORPUS)), frame


def compare(program, frame, folder):
    """Whether a frame is the same to both, and how far they are apart."""
    raw = folder / "frame.raw"
    run([program, "read", frame, raw])
    mine = ours(frame).astype(np.float64)
    want = np.fromfile(raw, "<f4").reshape(*mine.shape[:2], 4)[:, :, :3].astype(np.float64)
    apart = np.abs(mine - want)
    wrong = ~(apart <= np.maximum(RELATIVE * np.abs(want), ABSOLUTE))
    bright = np.abs(want) > 0.01
    relative = apart[bright] / np.abs(want[bright])
    mean, worst = (relative.mean(), relative.max()) if relative.size else (0, 0)
    said = f"mean {mean:.4%}, max {worst:.3%} of what is over 0.01; max {apart.max():.5f}"
    return not wrong.any(), said + (f"; {wrong.sum()} of {wrong.size} samples differ" if wrong.any() else "")


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        program, why = build(folder)
        if not program:
            print(f"skipped: {why}")
            return 77
        for name, frame in itertools.chain(cases(program, folder), corpus()):
            try:
                fine, said = compare(program, frame, folder)
            except (RuntimeError, ValueError) as error:
                fine, said = False, str(error)
            print(f"{'ok   ' if fine else 'FAIL '} {name}: {said}", flush=True)
            passed, failed = passed + fine, failed + (not fine)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
