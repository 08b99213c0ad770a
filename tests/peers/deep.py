"""Deep OpenEXR against OpenImageIO's flatten.

Files of every kind that OpenImageIO writes (scan lines and tiles, RLE, ZIPS and none, half and float,
points and volumes) and the public corpus's deep parts are flattened by both and compared.

OpenImageIO composites samples one by one in order of depth. Where samples lie at one depth or volumes
overlap, "Interpreting OpenEXR Deep Pixels" asks to merge and split them; such pixels are counted apart,
and only bounded. Needs `cargo build -p proxycore-examples --example floats`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio
except ImportError as missing:
    print(f"skipped: {missing}; pip install openimageio numpy")
    sys.exit(0)

HERE = Path(__file__).resolve().parents[2]
FLOATS = os.environ.get("PROXYCORE_FLOATS", HERE / "target/debug/examples/floats")
CORPUS = Path(os.environ.get("PROXYCORE_CORPUS", HERE.parent / "shared/corpus"))

# half-float rounding of the stored values, over a few samples
TOLERANCE = 2e-3
# how far merging may take a pixel from compositing one by one
MERGED = 0.1


def ours(path):
    run = subprocess.run([FLOATS, path], capture_output=True)
    if run.returncode:
        raise RuntimeError(run.stderr.decode().strip())
    width, height = map(int, run.stderr.decode().split("x"))
    return np.frombuffer(run.stdout, "<f4").reshape(height, width, 3)


def flattened(path):
    """R, G, B over the display window."""
    deep = oiio.ImageBuf(str(path))
    flat = oiio.ImageBufAlgo.flatten(deep)
    if flat.has_error:
        raise RuntimeError(flat.geterror())
    spec, names = flat.spec(), list(flat.spec().channelnames)
    light = flat.get_pixels(oiio.FLOAT)[..., [names.index(name) for name in "RGB"]]
    full = np.zeros((spec.full_height, spec.full_width, 3), np.float32)
    x, y = spec.x - spec.full_x, spec.y - spec.full_y
    inside = light[max(0, -y) :, max(0, -x) :][: spec.full_height - max(0, y), : spec.full_width - max(0, x)]
    full[max(0, y) :, max(0, x) :][: inside.shape[0], : inside.shape[1]] = inside
    return full


def compare(path):
    mine, theirs = ours(path), flattened(path)
    if mine.shape != theirs.shape:
        return False, f"{mine.shape} is not {theirs.shape}"
    apart = np.abs(mine - theirs).max(-1)
    far = int((apart > TOLERANCE).sum())
    few = far <= mine.shape[0] * mine.shape[1] / 1000 and apart.max() <= MERGED
    return far == 0 or few, f"{mine.shape[1]}x{mine.shape[0]} max {apart.max():.2e}, {far} pixels merged"


def write(path, compression, tile, kind, volumes, window):
    """Up to three samples a pixel, from the front: OpenImageIO flattens them in the file's order."""
    names = ["R", "G", "B", "A", "Z"] + (["ZBack"] if volumes else [])
    x0, y0, width, height = window
    spec = oiio.ImageSpec(width, height, len(names), oiio.HALF if kind == "half" else oiio.FLOAT)
    spec.x, spec.y, spec.full_width, spec.full_height = x0, y0, 40, 24
    spec.channelnames = names
    # depths are always floats
    formats = [oiio.TypeDesc(kind)] * 4 + [oiio.TypeDesc("float")] * (len(names) - 4)
    spec.channelformats = tuple(formats)
    spec.deep = True
    spec.attribute("compression", compression)
    if tile:
        spec.tile_width, spec.tile_height, spec.tile_depth = tile, tile, 1
    data = oiio.DeepData()
    data.init(width * height, len(names), spec.channelformats, spec.channelnames)
    for pixel in range(width * height):
        data.set_samples(pixel, pixel * 7 % 4)
    for pixel in range(width * height):
        count = pixel * 7 % 4
        for at in range(count):
            light = (pixel * 13 + at * 5) % 16 / 32
            depth = 1.0 + 2 * at + pixel % 3
            values = [light, light / 2, light / 4, 0.25 + at / 8, depth, depth + 1.5]
            for channel in range(len(names)):
                data.set_deep_value(pixel, channel, at, values[channel])
    out = oiio.ImageOutput.create(str(path))
    if not out.open(str(path), spec) or not out.write_deep_image(data):
        raise RuntimeError(out.geterror())
    out.close()


def matrix(folder):
    for compression in ["none", "rle", "zips"]:
        for tile in [0, 16]:
            for kind in ["half", "float"]:
                for volumes in [False, True]:
                    for window in [(0, 0, 40, 24), (-5, 3, 30, 30)]:
                        name = f"{compression}-{tile}-{kind}-{'volumes' if volumes else 'points'}"
                        path = folder / f"{name}{window[0]}.exr"
                        write(path, compression, tile, kind, volumes, window)
                        yield path


def corpus():
    for path in sorted(CORPUS.glob("exr/**/*.exr")):
        image = oiio.ImageInput.open(str(path))
        if image and image.spec().deep:
            yield path


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in [*matrix(Path(folder)), *corpus()]:
            try:
                good, said = compare(path)
            except (RuntimeError, ValueError) as error:
                good, said = False, str(error)
            passed, failed = passed + bool(good), failed + (not good)
            print("ok    " if good else "FAIL  ", path.name, said)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
