"""OpenEXR against OpenImageIO: the same window, the same channels, the same numbers.

    cargo build -p proxycore-cli && cargo build -p proxycore-examples --example floats
    python tests/peers/exr.py

Writes a matrix of frames with OpenImageIO (each compression x sample type x layout x number of
parts, mip maps, line orders, data windows), then walks public frames where they
are. Rip maps are not in the matrix, for neither
OpenImageIO nor OpenEXR's Python module writes them; the crate's own tests have them.

Prints a line a case and closes with `N passed, M failed`; exits 1 where one failed.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio

    from common import CORPUS, info, ours
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SIZE = (67, 45)
TILE = 16

# half the distance of two halves, and what B44 of another build may round otherwise
RELATIVE, ABSOLUTE = 2**-10, 1e-4
# DWA rounds its cosines to halves before a curve stretches them: one step there is up to two behind
RELATIVE_DWA = 2**-9

COMPRESSIONS = ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"]
TYPES = ["half", "float", "uint"]


def theirs(frame, part, level, channels):
    """The display window of level 0, the whole of a smaller one, in the named channels."""
    file = oiio.ImageInput.open(str(frame))
    if not file or not file.seek_subimage(part, level):
        raise RuntimeError(oiio.geterror() or "no such level")
    spec = file.spec()
    planes = []
    for name in channels:
        at = list(spec.channelnames).index(name)
        kind = "uint" if spec.channelformat(at).basetype == oiio.UINT else "float"
        plane = file.read_image(part, level, at, at + 1, kind)[:, :, 0]
        with np.errstate(invalid="ignore"):
            planes.append(plane.astype(np.float64))
    pixels = np.stack(planes * (3 // len(planes)), axis=-1)
    if level:
        return pixels
    if spec.getattribute("textureformat") == "CubeFace Environment":
        # OpenImageIO shows one face; the display window holds all six
        return pixels
    out = np.zeros((spec.full_height, spec.full_width, 3))
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + spec.width, spec.full_width), min(top + spec.height, spec.full_height)
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = pixels[y0 - top : y1 - top, x0 - left : x1 - left]
    return out


def compare(frame, *options):
    """Says what is wrong; nothing where all is right."""
    told = info(frame, *options)
    picture = told["picture"]
    if picture["is_data"]:
        mine = ours(frame, *options)
        inside = np.isfinite(mine).all() and mine.min() >= 0 and mine.max() <= 1
        return None if inside else "false colours leave 0..1"
    mine = ours(frame, *options).astype(np.float64)
    want = theirs(frame, picture["part"], picture["level"], picture["channels"])
    if mine.shape != want.shape:
        return f"{mine.shape} where OpenImageIO has {want.shape}"
    compression = told["parts"][picture["part"]]["compression"].lower()
    relative = RELATIVE_DWA if compression.startswith("dwa") else RELATIVE
    same = (mine == want) | (np.isnan(mine) & np.isnan(want))
    with np.errstate(invalid="ignore"):
        near = np.abs(mine - want) <= ABSOLUTE + relative * np.abs(want)
    off = ~(same | near)
    if off.any():
        y, x, plane = np.argwhere(off)[0]
        there = f"{x}, {y} plane {plane}: {mine[y, x, plane]} where OpenImageIO has {want[y, x, plane]}"
        return f"{off.sum()} samples differ, the first at {there}"
    return None


def ramp(width, height, kind, seed=0):
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * (3 + c) + y * (5 - c) + 7 * seed + c) % 97 / 97 for c in range(3)]
    pixels = np.stack(planes, axis=-1)
    return (pixels * 60000).astype(np.uint32) if kind == "uint" else pixels.astype(np.float32)


def spec_of(kind, compression, tiled, size=SIZE):
    spec = oiio.ImageSpec(*size, 3, kind)
    spec.attribute("compression", compression)
    spec.channelnames = ("R", "G", "B")
    if tiled:
        spec.tile_width = spec.tile_height = TILE
    return spec


def write(frame, specs, pixels):
    file = oiio.ImageOutput.create(str(frame))
    opened = file.open(str(frame), tuple(specs)) if len(specs) > 1 else file.open(str(frame), specs[0])
    for at, (spec, image) in enumerate(zip(specs, pixels)):
        if at:
            opened = opened and file.open(str(frame), spec, "AppendSubimage")
        opened = opened and file.write_image(image)
    if not opened or not file.close():
        raise RuntimeError(file.geterror())


def matrix(folder):
    layouts = itertools.product(COMPRESSIONS, TYPES, [False, True], [1, 2])
    for compression, kind, tiled, parts in layouts:
        name = f"{compression} {kind} {'tiles' if tiled else 'lines'} {parts}"
        frame = folder / f"{name.replace(' ', '_')}.exr"
        specs = [spec_of(kind, compression, tiled) for _ in range(parts)]
        for at, spec in enumerate(specs):
            if parts > 1:
                spec.attribute("oiio:subimagename", f"part{at}")
        write(frame, specs, [ramp(*SIZE, kind, at) for at in range(parts)])
        for at in range(parts):
            yield f"{name} part {at}", frame, ["--part", str(at)]


def orders(folder):
    for order, tiled in [("increasingY", 0), ("decreasingY", 0), ("decreasingY", 1), ("randomY", 1)]:
        spec = spec_of("half", "zip", tiled)
        spec.attribute("openexr:lineOrder", order)
        frame = folder / f"{order}_{tiled}.exr"
        write(frame, [spec], [ramp(*SIZE, "half")])
        yield f"{order} {'tiles' if tiled else 'lines'}", frame, []


def windows(folder):
    for tiled, (x, y) in itertools.product([0, 1], [(0, 0), (9, -7), (-20, 30), (-100, 0), (70, 50)]):
        spec = spec_of("half", "piz", tiled)
        spec.x, spec.y, spec.full_x, spec.full_y = x, y, -3, 4
        spec.full_width, spec.full_height = 60, 50
        frame = folder / f"window_{tiled}_{x}_{y}.exr"
        write(frame, [spec], [ramp(*SIZE, "half")])
        yield f"data window at {x}, {y} {'tiles' if tiled else 'lines'}", frame, []


def maps(folder):
    for rounding in [0, 1]:
        frame = folder / f"mip_{rounding}.exr"
        file = oiio.ImageOutput.create(str(frame))
        size, level = SIZE, 0
        while True:
            spec = spec_of("half", "zip", True, size)
            spec.attribute("textureformat", "Plain Texture")
            spec.attribute("openexr:levelmode", 1)
            spec.attribute("openexr:roundingmode", rounding)
            if not file.open(str(frame), spec, "AppendMIPLevel" if level else "Create"):
                raise RuntimeError(file.geterror())
            if not file.write_image(ramp(*size, "half", level)):
                raise RuntimeError(file.geterror())
            if size == (1, 1):
                break
            half = lambda side: max(1, -(-side // 2) if rounding else side // 2)
            size, level = (half(size[0]), half(size[1])), level + 1
        file.close()
        # a mip map's last bytes are written when its writer goes
        del file
        for at in range(level + 1):
            yield f"mip map {'up' if rounding else 'down'} level {at}", frame, ["--level", str(at)]


def corpus():
    frames = sorted(CORPUS.glob("exr/**/*.exr"))
    if not frames:
        print(f"skipped: no frames in {CORPUS}/exr")
    for frame in frames:
        try:
            told = info(frame)
        except RuntimeError as error:
            if "deep" in str(error):
                print(f"skip  {frame.relative_to(CORPUS)}: deep, for another script")
                continue
            raise
        part = told["parts"][told["picture"]["part"]]
        name = str(frame.relative_to(CORPUS))
        if part["layout"].startswith("deep"):
            print(f"skip  {name}: deep, for another script")
        elif told["picture"]["channels"] == ["RY", "Y", "BY"]:
            print(f"skip  {name}: luminance-chroma, which OpenImageIO does not convert")
        else:
            yield name, frame, []
            for level in range(1, len(part["levels"])):
                yield f"{name} level {level}", frame, ["--level", str(level)]
            for other in range(1, len(told["parts"])):
                if not told["parts"][other]["layout"].startswith("deep"):
                    yield f"{name} part {other}", frame, ["--part", str(other)]


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        cases = [matrix(folder), orders(folder), windows(folder), maps(folder), corpus()]
        for name, frame, options in itertools.chain(*cases):
            try:
                wrong = compare(frame, *options)
            except (RuntimeError, ValueError) as error:
                wrong = str(error)
            print(f"FAIL  {name}: {wrong}" if wrong else f"ok    {name}")
            passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
