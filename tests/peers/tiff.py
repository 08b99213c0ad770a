"""Holds TIFF pixels against OpenImageIO's: public frames, then a matrix that OpenImageIO writes,
then kinds that it cannot write, made by `Writer` here.

    cargo build -p proxycore-examples --example floats
    python tests/peers/tiff.py

Prints a line a case and `N passed, M failed`; exits 1 on a failure.

OpenImageIO gives what is no plain grey or RGB (palettes, YCbCr, L*a*b*, LogL) in 8 bits. Where it
errs itself, the case says so and a rule of its own is the truth.
"""

import itertools
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
    import OpenImageIO as oiio

    from common import CORPUS, ours
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

FRAMES = CORPUS / "tiff"

# a rounding of the last bit: parts of the largest code, as floats
EXACT = 1e-6
# OpenImageIO widens 10, 12 and 14 bits to 16, rounding down
WIDENED = 1.01 / 65535
# OpenImageIO rounds palettes of 16 bits down to 8, and 6 bits when it widens them
PALETTE = 1.01 / 255
# the inverse cosine transforms of two JPEG decoders, and their conversions
JPEG = 5.01 / 255
# the same, and chroma that libtiff repeats is interpolated by us: at edges only, so the mean counts
OLD_JPEG = (24.01 / 255, 1.0 / 255)

# What differs by design, by file: tolerance, and why.
STATED = {
    "flower-palette-04.tif": (PALETTE, "16 bits of the palette, OpenImageIO shows 8"),
    "flower-palette-16.tif": (PALETTE, "16 bits of the palette, OpenImageIO shows 8"),
    "jello.tif": (PALETTE, "16 bits of the palette, OpenImageIO shows 8"),
    "quad-jpeg.tif": (JPEG, "another inverse cosine transform"),
    "zackthecat.tif": (OLD_JPEG, "chroma interpolated, libtiff repeats it"),
}


def theirs(path):
    config = oiio.ImageSpec()
    config["oiio:UnassociatedAlpha"] = 1
    frame = oiio.ImageBuf(str(path), 0, 0, config)
    if frame.has_error:
        raise RuntimeError("OpenImageIO: " + frame.geterror())
    upright = frame if turned_already(frame.spec()) else oiio.ImageBufAlgo.reorient(frame)
    pixels = upright.get_pixels(oiio.FLOAT)
    for read in (upright, frame):
        if pixels is None or read.has_error:
            raise RuntimeError("OpenImageIO: " + read.geterror())
    channels = pixels.shape[2]
    return pixels[:, :, :3] if channels > 2 else np.repeat(pixels[:, :, :1], 3, axis=2)


def turned_already(spec):
    """libtiff's RGBA interface, which OpenImageIO uses for these, turns pictures itself."""
    return spec.getattribute("tiff:ColorSpace") in ("YCbCr", "CIELAB", "LOGL", "LOGLUV")


def attempt(read, *arguments):
    """The pixels, or why there are none."""
    try:
        return read(*arguments)
    except RuntimeError as error:
        return "refused: " + str(error).splitlines()[0]


class Run:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def case(self, name, path, tolerance=EXACT, wanted=None, why=""):
        got, want = (attempt(ours, path), wanted)
        want = attempt(theirs, path) if want is None else want
        refusals = [said for said in (got, want) if isinstance(said, str)]
        if refusals:
            return self.tell(len(refusals) == 2, name, "; ".join(refusals))
        if got.shape != want.shape:
            return self.tell(False, name, f"{got.shape} is not {want.shape}")
        apart = np.abs(got.astype(np.float64) - want)
        apart = np.where(np.isnan(got) & np.isnan(want), 0, apart)
        apart = apart / np.maximum(1.0, np.abs(want))
        most, mean = tolerance if isinstance(tolerance, tuple) else (tolerance, tolerance)
        good = apart.max() <= most and apart.mean() <= mean
        said = f"{got.shape[1]}x{got.shape[0]} max {apart.max():.2e} mean {apart.mean():.2e}"
        self.tell(good, name, said + (f" ({why})" if why else ""))

    def tell(self, good, name, said):
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        print("ok    " if good else "FAILED", name, said, flush=True)


def corpus(run):
    paths = sorted(FRAMES.rglob("*.tif"))
    if not paths:
        print(f"skipped: no frames in {FRAMES}")
    for path in paths:
        bits = oiio.ImageBuf(str(path)).spec().get_int_attribute("oiio:BitsPerSample")
        tolerance, why = STATED.get(path.name, (EXACT, ""))
        if not why and bits in (10, 12, 14):
            tolerance, why = WIDENED, "OpenImageIO widens to 16 bits"
        run.case(str(path.relative_to(FRAMES)), path, tolerance, why=why)


TYPES = {"uint8": 8, "uint16": 16, "uint32": 32, "half": 16, "float": 32, "double": 64}
PACKED = {1: "uint8", 2: "uint8", 4: "uint8", 6: "uint8", 10: "uint16", 12: "uint16", 14: "uint16"}


def noise(height, width, channels):
    """Slopes with some noise, so that every compression has runs and none is trivial."""
    random = np.random.default_rng(7)
    y, x, c = np.mgrid[:height, :width, :channels]
    smooth = (x // 3 * 3 / width + y / height + c / 5) / 3
    return np.clip(smooth + random.random((height, width, channels)) * (x > width // 2) * 0.2, 0, 1)


def matrix(run, folder):
    compressions = ["none", "lzw", "zip", "packbits"]
    options = itertools.product(TYPES, compressions, ["contig", "separate"], [0, 32], [1, 3, 4])
    for at, (kind, packing, planes, tile, channels) in enumerate(options):
        predictors = {"none": [1], "packbits": [1]}.get(packing)
        predictors = predictors or ([1, 3] if kind in ("float", "double", "half") else [1, 2])
        for predictor in predictors:
            spec = oiio.ImageSpec(83, 57, channels, kind)
            spec["compression"], spec["planarconfig"] = packing, planes
            spec["tiff:Predictor"], spec["tiff:RowsPerStrip"] = predictor, [4, 32, 100][at % 3]
            if tile:
                spec.tile_width = spec.tile_height = tile
            name = f"{kind} {packing} {planes} tile {tile} x{channels} predictor {predictor}"
            # OpenImageIO 3.2 misreads contiguous tiles of doubles, its own too
            own = kind == "double" and tile and (planes == "contig" or channels == 1)
            write(run, folder, name, spec, bigtiff=at % 4 == 0, own=own)
    for bits, kind in PACKED.items():
        for packing, planes in itertools.product(["none", "zip"], ["contig", "separate"]):
            spec = oiio.ImageSpec(83, 57, 3 if bits > 1 else 1, kind)
            spec["oiio:BitsPerSample"], spec["compression"] = bits, packing
            spec["planarconfig"] = planes
            tolerance = WIDENED if bits > 8 else PALETTE if bits == 6 else EXACT
            write(run, folder, f"{bits} bits {packing} {planes}", spec, tolerance)
    for orientation in range(1, 9):
        spec = oiio.ImageSpec(83, 57, 3, "uint16")
        spec["Orientation"] = orientation
        write(run, folder, f"orientation {orientation}", spec)
    spec = oiio.ImageSpec(83, 57, 1, "uint8")
    spec["oiio:BitsPerSample"], spec["compression"] = 1, "ccittrle"
    write(run, folder, "fax ccittrle", spec)
    for bits in (8, 16):
        spec = oiio.ImageSpec(83, 57, 3, f"uint{bits}")
        spec["tiff:ColorSpace"] = "CMYK"
        write(run, folder, f"CMYK {bits}", spec)
    for kind in ("int8", "int16", "int32"):
        spec = oiio.ImageSpec(83, 57, 3, kind)
        write(run, folder, f"signed {kind}", spec)


def write(run, folder, name, spec, tolerance=EXACT, bigtiff=False, own=False):
    path = folder / (name.replace(" ", "_").replace(":", "_") + ".tif")
    spec["tiff:bigtiff"] = int(bigtiff)
    out = oiio.ImageOutput.create(str(path))
    pixels = np.ascontiguousarray(noise(spec.height, spec.width, spec.nchannels), np.float32)
    if not out.open(str(path), spec) or not out.write_image(pixels):
        return run.tell(False, name, "OpenImageIO does not write: " + out.geterror())
    out.close()
    asked = spec.get_string_attribute("compression").split(":")[0]
    stored = oiio.ImageBuf(str(path)).spec().get_string_attribute("compression")
    if asked not in ("", stored):
        return run.tell(False, name, f"OpenImageIO wrote {stored}, not {asked}")
    wanted = pixels[:, :, :3] if spec.nchannels > 2 else np.repeat(pixels[:, :, :1], 3, axis=2)
    run.case(name, path, tolerance, wanted if own else None, "as written" if own else "")


class Writer:
    """A TIFF of one strip, for what OpenImageIO cannot write."""

    def __init__(self, width, height, strip, **tags):
        self.width, self.height, self.strip, self.tags = width, height, strip, tags

    NUMBERS = dict(bits=258, compression=259, photometric=262, fill=266, samples=277, rows=278,
                   colors=320, extra=338, format=339, sampling=530, reference=532, inks=332,
                   t4=292, planar=284)

    def save(self, path, order="<"):
        tags = {"compression": 1, "photometric": 1, "samples": 1, **self.tags}
        fields = {256: [self.width], 257: [self.height], 273: [8], 279: [len(self.strip)]}
        fields |= {self.NUMBERS[k]: v if isinstance(v, list) else [v] for k, v in tags.items()}
        data, entries = self.strip + b"\0" * (len(self.strip) % 2), b""
        for tag, values in sorted(fields.items()):
            kind = 4 if tag in (256, 257, 273, 279) else 3
            packed = struct.pack(f"{order}{len(values)}{'HI'[kind - 3]}", *values)
            if len(packed) > 4:
                packed, data = struct.pack(order + "I", 8 + len(data)), data + packed
            entries += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
        head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(data))
        count = struct.pack(order + "H", len(fields))
        path.write_bytes(head + data + count + entries + struct.pack(order + "I", 0))
        return path


def packed_rows(codes, bits):
    rows = [[(int(code) >> (bits - 1 - at)) & 1 for code in row for at in range(bits)] for row in codes]
    return b"".join(np.packbits(np.array(row, np.uint8)).tobytes() for row in rows)


def by_hand(run, folder):
    width, height = 37, 21
    random = np.random.default_rng(3)
    for bits in range(1, 33):
        codes = random.integers(0, 1 << bits, (height, width * 3), dtype=np.uint64)
        want = (codes / ((1 << bits) - 1)).reshape(height, width, 3).astype(np.float32)
        for order in "<>":
            whole = {8: "u1", 16: "u2", 32: "u4"}.get(bits)
            strip = codes.astype(order + whole).tobytes() if whole else packed_rows(codes, bits)
            if bits == 24 and order == "<":
                strip = b"".join(int(code).to_bytes(3, "little") for code in codes.flat)
            tags = dict(bits=[bits] * 3, photometric=2, samples=3)
            path = Writer(width, height, strip, **tags).save(folder / f"depth{bits}.tif", order)
            run.case(f"{bits} bits {order}", path, EXACT, want, "its own codes")
    fax(run, folder, random)
    jpeg(run, folder)
    palettes(run, folder, random)
    chroma(run, folder, random)
    other(run, folder, random)


# ITU-T T.4, table 2: runs of 0 to 8 white and black pixels
WHITE = "00110101 000111 0111 1000 1011 1100 1110 1111 10011".split()
BLACK = "0000110111 010 11 10 011 0011 0010 00011 000101".split()
# T.4, table 4: the change below b1, and so many columns right of it
VERTICAL = {0: "1", 1: "011", 2: "000011", 3: "0000011", -1: "010", -2: "000010", -3: "0000010"}
FAX_WIDTH = 8


def plain_row(row):
    code, colour, at = "", 0, 0
    while at < FAX_WIDTH:
        end = next_change(row, at, colour)
        code, at, colour = code + (BLACK if colour else WHITE)[end - at], end, 1 - colour
    return code


def next_change(row, at, colour):
    return next((x for x in range(at, FAX_WIDTH) if row[x] != colour), FAX_WIDTH)


def relative_row(row, above):
    """T.6, figure 7."""
    code, colour, at = "", 0, -1
    while at < FAX_WIDTH:
        edges = [x for x in range(FAX_WIDTH) if above[x] != ([0, *above][x])]
        right = [x for x in edges if x > at and above[x] != colour]
        b1 = right[0] if right else FAX_WIDTH
        b2 = next((x for x in edges if x > b1), FAX_WIDTH)
        a1 = next_change(row, max(at, 0), colour)
        if b2 < a1:
            code, at = code + "0001", b2
        elif a1 - b1 in VERTICAL:
            code, at, colour = code + VERTICAL[a1 - b1], a1, 1 - colour
        else:
            a2 = next_change(row, a1, 1 - colour)
            first, second = (BLACK, WHITE) if colour else (WHITE, BLACK)
            code += "001" + first[a1 - max(at, 0)] + second[a2 - a1]
            at = a2
    return code


def fax(run, folder, random):
    rows = (random.random((200, FAX_WIDTH)) < 0.4).astype(int)
    rows[1::3] = rows[0:-1:3]
    end = "000000000001"
    blank = [0] * FAX_WIDTH
    pairs = list(zip(rows.tolist(), [blank, *rows.tolist()]))
    plain = "".join(end + plain_row(row) for row, _ in pairs)
    mixed = "".join(
        end + ("1" + plain_row(row) if y % 4 == 0 else "0" + relative_row(row, above))
        for y, (row, above) in enumerate(pairs)
    )
    relative = "".join(relative_row(row, above) for row, above in pairs) + end + end
    want = np.repeat(1.0 - rows[:, :, None], 3, 2)
    for name, packing, t4, code in (("T.4", 3, 0, plain), ("T.4 2D", 3, 1, mixed), ("T.6", 4, 0, relative)):
        strip = np.packbits([int(bit) for bit in code]).tobytes()
        path = Writer(FAX_WIDTH, 200, strip, bits=1, compression=packing, photometric=0, t4=t4)
        path = path.save(folder / f"fax{packing}{t4}.tif")
        run.case(f"fax {name}", path)
        run.case(f"fax {name} exact", path, EXACT, want, "its own pixels")


def jpeg(run, folder):
    for channels, sampling in ((3, "4:4:4"), (3, "4:2:2"), (3, "4:2:0"), (1, "4:4:4")):
        spec = oiio.ImageSpec(83, 57, channels, "uint8")
        spec["jpeg:subsampling"], spec["CompressionQuality"] = sampling, 95
        stream = folder / "strip.jpg"
        out = oiio.ImageOutput.create(str(stream))
        out.open(str(stream), spec)
        out.write_image(np.ascontiguousarray(noise(57, 83, channels), np.float32))
        out.close()
        halves = {"4:4:4": [1, 1], "4:2:2": [2, 1], "4:2:0": [2, 2]}[sampling]
        tags = dict(bits=[8] * channels, samples=channels, compression=7, sampling=halves)
        path = Writer(83, 57, stream.read_bytes(), photometric=6 if channels == 3 else 1, **tags)
        path = path.save(folder / f"jpeg{channels}{sampling.replace(':', '')}.tif")
        run.case(f"JPEG {sampling} x{channels}", path, JPEG, why="another inverse cosine transform")


def palettes(run, folder, random):
    for bits in (1, 2, 4, 8, 16):
        indices = random.integers(0, 1 << bits, (21, 37))
        colors = random.integers(256, 65536, 3 << bits).tolist()
        strip = packed_rows(indices, bits) if bits < 16 else indices.astype("<u2").tobytes()
        path = Writer(37, 21, strip, bits=bits, photometric=3, colors=colors)
        path = path.save(folder / f"palette{bits}.tif")
        run.case(f"palette {bits}", path, PALETTE, why="OpenImageIO shows 8 bits")
        want = np.array(colors, np.float32).reshape(3, -1)[:, indices].transpose(1, 2, 0) / 65535
        run.case(f"palette {bits} exact", path, EXACT, want, "its own colours")


def chroma(run, folder, random):
    for across, down in itertools.product((1, 2, 4), (1, 2, 4)):
        if down > across:
            continue
        blocks = -(-37 // across) * -(-21 // down)
        strip = random.integers(0, 256, blocks * (across * down + 2), np.uint8).tobytes()
        for packing, data in ((1, strip), (8, zlib.compress(strip))):
            tags = dict(bits=[8] * 3, samples=3, photometric=6, sampling=[across, down])
            path = Writer(37, 21, data, compression=packing, **tags)
            path = path.save(folder / f"chroma{across}{down}_{packing}.tif")
            run.case(f"YCbCr {across}x{down} compression {packing}", path)


def other(run, folder, random):
    codes = random.integers(0, 256, (21, 37 * 4), np.uint8)
    tags = dict(bits=[8] * 4, samples=4, photometric=5)
    path = Writer(37, 21, codes.tobytes(), **tags).save(folder / "cmyk.tif")
    run.case("CMYK 8", path)
    for kind, bits in (("i1", 8), ("i2", 16), ("i4", 32)):
        signed = random.integers(-(1 << bits - 1) + 1, 1 << bits - 1, (21, 37), dtype=np.int64)
        strip = signed.astype("<" + kind).tobytes()
        path = Writer(37, 21, strip, bits=bits, format=2).save(folder / f"signed{bits}.tif")
        run.case(f"signed {bits}", path)
    reverse = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
    grey = codes[:, :37].tobytes()
    for fill, strip in ((1, grey), (2, grey.translate(reverse))):
        path = Writer(37, 21, strip, bits=8, fill=fill).save(folder / f"fill{fill}.tif")
        run.case(f"fill order {fill}", path)
    sides = random.integers(-20, 21, (21, 37, 2))
    lab = np.dstack([random.integers(60, 200, (21, 37)), sides]).astype(np.int8)
    path = Writer(37, 21, lab.tobytes(), bits=[8] * 3, samples=3, photometric=8)
    path = path.save(folder / "lab.tif")
    want = srgb_of_lab(lab)
    run.case("CIELab 8", path, 3e-4, want, "libtiff forgets to adapt its white; by CIE 15 here")
    for white in (0, 1):
        path = Writer(37, 21, grey, bits=8, photometric=white).save(folder / f"white{white}.tif")
        run.case(f"grey, photometric {white}", path)
    deep = random.integers(0, 65536, (21, 37)).astype("<u2")
    path = Writer(37, 21, deep.tobytes(), bits=16, photometric=0).save(folder / "white16.tif")
    want = np.repeat(1 - deep[:, :, None] / 65535, 3, 2)
    run.case("white is zero, 16 bits", path, EXACT, want, "OpenImageIO turns 8 bits alone")


def srgb_of_lab(lab):
    """CIE 15 and Bradford's adaptation from D50, in double precision."""
    l = lab[:, :, 0].astype(np.uint8) * (100 / 255)
    fy = (l + 16) / 116
    steps = np.dstack([fy + lab[:, :, 1] / 500, fy, fy - lab[:, :, 2] / 200])
    cube = np.where(steps > 6 / 29, steps**3, (steps - 4 / 29) * 108 / 841)
    xyz = cube * [0.9642, 1.0, 0.8249]
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50, d65 = cone @ [0.9642, 1.0, 0.8249], cone @ [0.95047, 1.0, 1.08883]
    adapt = np.linalg.inv(cone) @ np.diag(d65 / d50) @ cone
    matrix = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560],
                       [0.0556434, -0.2040259, 1.0572252]])
    light = np.clip(xyz @ (matrix @ adapt).T, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def main():
    run = Run()
    corpus(run)
    with tempfile.TemporaryDirectory() as folder:
        matrix(run, pathlib.Path(folder))
        by_hand(run, pathlib.Path(folder))
    print(f"{run.passed} passed, {run.failed} failed")
    return int(run.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
