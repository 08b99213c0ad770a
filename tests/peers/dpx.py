#!/usr/bin/env python3
"""Reads the DPX and Cineon files of the tests' own writer with OpenImageIO and ffmpeg, and compares
every pixel with ours: what all three read alike, the writer cannot have wrong.

    cargo build -p proxycore-examples --example floats
    python tests/peers/dpx.py

Where a reader is known to misread a kind of file, the tables below say why.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import OpenImageIO as oiio

    from common import ROOT, ours
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

NAME = re.compile(r"d(\d+)-b(\d+)-p(\d+)-(be|le)-(\w+)-o(\d+)-w(\d+)\.dpx")
CINEON = re.compile(r"cineon-c(\d+)-b(\d+)-p(\d+)-(be|le)-i(\d)-o(\d)\.cin")
COMPONENTS = {50: 3, 51: 4, 52: 4, 100: 2, 101: 3, 102: 3, 103: 4, 150: 2, 151: 3, 156: 8}
# floats: what a multiplication in another order may differ by
TOLERANCE = 2e-5


class Case:
    """A file, and what its name says of it."""

    def __init__(self, path):
        self.path, self.name = path, path.name
        self.cineon = path.suffix == ".cin"
        if self.cineon:
            found = CINEON.fullmatch(self.name)
            components, self.bits, self.packing = map(int, found.group(1, 2, 3))
            self.order, self.interleave, self.orientation = found[4], int(found[5]), int(found[6])
            self.descriptor, self.padding, self.width = None, "words", 37
            self.components = components
        else:
            found = NAME.fullmatch(self.name)
            self.descriptor, self.bits, self.packing = map(int, found.group(1, 2, 3))
            self.order, self.padding = found.group(4, 5)
            self.orientation, self.width = int(found[6]), int(found[7])
            self.components = COMPONENTS.get(self.descriptor, 1)
        self.ycbcr = self.descriptor in (100, 101, 102, 103)
        self.user_defined = self.descriptor == 0 or (self.descriptor or 0) >= 150
        self.filled10 = self.bits == 10 and self.packing in ((5, 6, 133) if self.cineon else (1, 2))

    def row_bytes(self):
        """Bytes of a row whose codes have cells of their own."""
        return self.width * self.components * (1 if self.bits == 8 else 2)


# what OpenImageIO 3.2 misreads: which files, and why
OIIO_KNOWN = [
    (lambda c: not c.cineon and c.bits == 1, "it has no 1-bit codes"),
    (
        lambda c: not c.cineon and c.filled10 and c.components == 1 and c.width % 3,
        "it turns round only whole words of a single component",
    ),
    (
        lambda c: c.filled10 and c.width * c.components % 3 == 1,
        "it reads a word too few of a row",
    ),
    (
        lambda c: c.bits in (8, 12, 16) and c.row_bytes() % 4 and c.padding != "none",
        "it does not end rows of bytes and 16-bit words at whole words",
    ),
    (
        lambda c: c.bits == 64 and c.order == "be" and c.padding == "line",
        "it swaps the bytes of padded rows of doubles by halves",
    ),
    (
        lambda c: not c.cineon and 4 <= c.orientation < 8,
        "it exchanges width and height of a picture stored by columns, and reads rows so long",
    ),
    (lambda c: c.cineon and c.packing & 0x80, "it has no such flag"),
    (lambda c: c.cineon and c.interleave, "it takes every Cineon for interleaved by pixel"),
    (lambda c: c.cineon and c.bits == 10 and c.packing in (3, 4), "it has no 10-bit codes in 16 bits"),
    (lambda c: c.cineon and c.bits == 12, "it takes Cineon's packings for those of DPX"),
    (lambda c: c.cineon and c.components == 4, "it calls channel 2 another name"),
]

# what ffmpeg 5.1 misreads
FFMPEG_KNOWN = [
    (lambda c: c.padding == "line", "it has no end-of-line padding"),
    (lambda c: c.bits == 10 and c.components == 1, "it fails 10-bit luma"),
    (lambda c: c.bits == 32, "5.1 refuses floats"),
    (lambda c: c.ycbcr and c.order == "le", "it has YCbCr of big-endian files alone"),
    (lambda c: c.descriptor in (102, 103), "it takes what fills a row of 4:4:4 for pixels"),
]


def turned(pixels, orientation):
    """A stored picture upright: DPX's codes."""
    if orientation & 1 and orientation < 4:
        pixels = pixels[:, ::-1]
    if orientation & 2 and orientation < 4:
        pixels = pixels[::-1]
    if 4 <= orientation < 8:
        # columns of the stored picture go down, or up
        pixels = pixels.transpose(1, 0, 2)
        if orientation & 2:
            pixels = pixels[::-1]
        if orientation & 1:
            pixels = pixels[:, ::-1]
    return pixels


def rgb(pixels, case):
    """The three channels that are shown."""
    if pixels.shape[2] < 3:
        return pixels[:, :, [0, 0, 0]]
    return pixels[:, :, :3]


def of_ours(case):
    try:
        return ours(case.path)
    except RuntimeError:
        return None


def of_oiio(case):
    config = oiio.ImageSpec()
    # luma and colour differences as they are: it gets their conversion wrong, and has none for
    # user-defined elements
    config.attribute("oiio:RawColor", int(case.ycbcr or case.user_defined))
    file = oiio.ImageInput.open(str(case.path), config)
    if not file:
        oiio.geterror()
        return None
    spec = file.spec()
    pixels = file.read_image(oiio.UNKNOWN)
    if pixels is None:
        file.geterror()
        return None
    pixels = np.asarray(pixels).reshape(spec.height, spec.width, spec.nchannels)
    if pixels.dtype.kind == "u":
        unused = pixels.dtype.itemsize * 8 - case.bits
        pixels = (pixels >> unused) / (2.0**case.bits - 1)
    if case.ycbcr:
        return of_ycbcr(case, pixels)
    return turned(rgb(pixels.astype("f8"), case), case.orientation)


def ffmpeg_format(case):
    """The pixel format that loses nothing, how it is laid out, and which planes are R, G, B."""
    bits, descriptor = case.bits, case.descriptor
    if case.cineon or case.bits == 64 or (bits, case.packing) == (10, 0):
        return None
    if case.ycbcr:
        name = {100: "uyvy422", 102: "yuv444p", 103: "yuva444p"}.get(descriptor)
        return (name, "u1") if name and bits == 8 else None
    kind = {50: "rgb", 51: "rgba", 52: "rgba"}.get(descriptor, "grey" if case.components == 1 else None)
    if kind == "grey" and (descriptor in (0, 8) or (bits > 8 and bits < 32 and descriptor != 6)):
        return None
    if descriptor == 52 and bits != 8:
        return None
    names = {
        8: {"rgb": "rgb24", "rgba": "rgba", "grey": "gray"},
        10: {"rgb": "gbrp10le", "rgba": "gbrap10le", "grey": "gray10le"},
        12: {"rgb": "gbrp12le", "rgba": "gbrap12le", "grey": "gray12le"},
        16: {"rgb": "rgb48le", "rgba": "rgba64le", "grey": "gray16le"},
        32: {"rgb": "gbrpf32", "rgba": "gbrapf32", "grey": "grayf32"},
    }
    name = names.get(bits, {}).get(kind)
    if name and bits == 32:
        name += case.order
        return name, ">f4" if case.order == "be" else "<f4"
    return (name, {8: "u1"}.get(bits, "<u2")) if name else None


def of_ffmpeg(case, name, kind):
    command = ["ffmpeg", "-v", "error", "-i", case.path, "-f", "rawvideo", "-pix_fmt", name, "-"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    raw = np.frombuffer(done.stdout, kind).astype("f8")
    height = 5
    if done.returncode or raw.size == 0:
        return None
    if case.descriptor == 100:
        pairs = raw.reshape(height, -1)[:, : 2 * case.width] / 255
        return of_ycbcr(case, pairs.reshape(height, -1, 2))
    if case.ycbcr:
        luma, cb, cr = raw.reshape(-1, height, case.width)[:3] / 255
        return of_ycbcr(case, np.stack([cb, luma, cr], axis=2))
    if name.startswith("g") and not name.startswith("gray"):
        planes = raw.reshape(-1, height, case.width)
        pixels = np.stack([planes[2], planes[0], planes[1]], axis=2)
    else:
        pixels = raw.reshape(height, case.width, -1)
    if case.bits < 32:
        pixels = pixels / (2.0**case.bits - 1)
    return turned(rgb(pixels, case), case.orientation)


def of_ycbcr(case, parts):
    """ITU-R BT.709 of parts of the largest code in the order of the file; of 4:2:2, the mean
    between."""
    luma = parts[:, :, 1]
    if case.descriptor in (100, 101):
        cb, cr = (differences(parts[:, :, 0], odd) for odd in (0, 1))
    else:
        cb, cr = parts[:, :, 0], parts[:, :, 2]
    if case.bits <= 16:
        unit = 2.0 ** (case.bits - 8) / (2.0**case.bits - 1)
        luma = (luma - 16 * unit) / (219 * unit)
        cb, cr = (cb - 128 * unit) / (224 * unit), (cr - 128 * unit) / (224 * unit)
    red, blue = luma + 1.5748 * cr, luma + 1.8556 * cb
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    return turned(np.stack([red, green, blue], axis=2), case.orientation)


def differences(shared, odd):
    """Cb or Cr of every pixel, of a row in which even pixels have Cb and odd ones Cr."""
    width = shared.shape[1]
    own = shared[:, odd::2]
    if own.shape[1] < (width + 1) // 2:
        own = np.concatenate([own, own[:, -1:]], axis=1)
    following = np.concatenate([own[:, 1:], own[:, -1:]], axis=1)
    return np.stack([own, (own + following) / 2], axis=2).reshape(len(own), -1)[:, :width]


def verdict(case, got, other, known):
    if other is not None and got is not None and got.shape == other.shape:
        if np.abs(got - other).max() <= TOLERANCE:
            return "ok", ""
    for applies, reason in known:
        if applies(case):
            return "known", reason
    if got is None or other is None:
        return "FAILED", "not read by " + ("ours" if got is None else "theirs")
    if got.shape != other.shape:
        return "FAILED", f"{got.shape} and {other.shape}"
    return "FAILED", f"differs by {np.abs(got - other).max():.4f}"


def main():
    counts = {"ok": 0, "FAILED": 0, "known": 0}

    def report(reader, case, result):
        counts[result[0]] += 1
        print(f"{result[0]:6} {reader:6} {case.name} {result[1]}".rstrip())

    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PROXYCORE_DPX_OUT": folder}
        tests = ["cargo", "test", "-q", "-p", "proxycore", "--test", "suite", "--"]
        subprocess.run([*tests, "dpx::every_", "cineon::every_"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        for path in sorted(pathlib.Path(folder).iterdir()):
            case = Case(path)
            got = of_ours(case)
            report("oiio", case, verdict(case, got, of_oiio(case), OIIO_KNOWN))
            # half of the widths is enough for a process a file
            if (wanted := ffmpeg_format(case)) and case.width == 37:
                theirs = of_ffmpeg(case, *wanted)
                report("ffmpeg", case, verdict(case, got, theirs, FFMPEG_KNOWN))
    print(f"{counts['ok']} passed, {counts['FAILED']} failed, {counts['known']} known differences")
    return 1 if counts["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
