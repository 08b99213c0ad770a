"""Holds PNG, JPEG, Radiance HDR, TGA, BMP, WebP and PNM against OpenImageIO.

    cargo build -p proxycore-examples --example floats
    python tests/peers/stills.py

Writes frames with OpenImageIO, reads them with OpenImageIO and with us, and compares codes.
"""

import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio

    from common import ours
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

# WebP's lossy frames: image-webp and libwebp fill chroma up in the same way but for edges.
WEBP_CODES = 2
SIZES = [(203, 151), (1, 1), (2, 3), (16, 16), (17, 9)]
SUBSAMPLINGS = ["4:4:4", "4:2:2", "4:2:0", "4:1:1"]


def picture(width, height, channels):
    """Smooth waves, edges and grain, 0..=1."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [0.5 + 0.4 * np.sin(x / (9.0 + c) + y / (13.0 - c)) for c in range(channels)]
    pixels = np.stack(waves, -1) + np.random.default_rng(7).normal(0, 0.02, (height, width, channels))
    pixels[height // 4 : height // 2, width // 4 : width // 2, 0] = 1.0
    return np.clip(pixels, 0, 1).astype(np.float32)


def cases():
    """Name, ending, size, channels, type, attributes, how many codes may differ."""
    for size in SIZES:
        for kind in ("uint8", "uint16"):
            for channels in (1, 2, 3, 4):
                yield f"png {kind} {channels}ch", "png", size, channels, kind, {}, 0
        for quality in (30, 75, 95, 100):
            for sampling in SUBSAMPLINGS:
                attributes = {"Compression": f"jpeg:{quality}", "jpeg:subsampling": sampling}
                yield f"jpeg {quality} {sampling}", "jpg", size, 3, "uint8", attributes, 0
        yield "jpeg progressive", "jpg", size, 3, "uint8", {"jpeg:progressive": 1}, 0
        yield "jpeg grey", "jpg", size, 1, "uint8", {}, 0
        yield "hdr", "hdr", size, 3, "float", {}, 0
        for channels in (1, 3, 4):
            yield f"tga {channels}ch", "tga", size, channels, "uint8", {"compression": "none"}, 0
            yield f"tga rle {channels}ch", "tga", size, channels, "uint8", {"compression": "rle"}, 0
        for channels in (1, 3, 4):
            yield f"bmp {channels}ch", "bmp", size, channels, "uint8", {}, 0
        yield "webp", "webp", size, 3, "uint8", {"compression": "webp:90"}, WEBP_CODES
        yield "webp lossless", "webp", size, 3, "uint8", {"compression": "lossless"}, 0
        for binary in (0, 1):
            for kind in ("uint8", "uint16"):
                yield f"ppm {kind} {binary}", "ppm", size, 3, kind, {"pnm:binary": binary}, 0
                yield f"pgm {kind} {binary}", "pgm", size, 1, kind, {"pnm:binary": binary}, 0


def write(path, size, channels, kind, attributes):
    width, height = size
    spec = oiio.ImageSpec(width, height, channels, kind)
    if channels in (2, 4):
        spec.alpha_channel = channels - 1
    spec.attribute("oiio:UnassociatedAlpha", 1)
    for name, value in attributes.items():
        spec.attribute(name, value)
    output = oiio.ImageOutput.create(str(path))
    if not output or not output.open(str(path), spec):
        return oiio.geterror() or output.geterror()
    done = output.write_image(picture(width, height, channels))
    error = output.geterror()
    output.close()
    return None if done else error


def theirs(path):
    """Colour as stored: alpha is not multiplied in. Grey has one value three times."""
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(str(path), config)
    pixels = source.read_image("float")
    if pixels.shape[2] < 3:
        pixels = np.repeat(pixels[:, :, :1], 3, axis=2)
    return pixels[:, :, :3], source.spec().format


def compare(path, codes):
    want, kind = theirs(path)
    got = ours(path)
    if want.shape != got.shape:
        return f"{got.shape} where OpenImageIO has {want.shape}"
    scale = {"uint8": 255, "uint16": 65535}.get(str(kind))
    difference = np.abs(want - got) if scale is None else np.abs(np.rint(want * scale) - np.rint(got * scale))
    if difference.max() > codes:
        return f"differs by {difference.max():g}, {difference.mean():.4f} in the mean"
    return None


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, ending, size, channels, kind, attributes, codes) in enumerate(cases()):
            path = Path(folder) / f"{index}.{ending}"
            label = f"{name} {size[0]}x{size[1]}"
            error = write(path, size, channels, kind, attributes)
            if error is not None:
                print(f"left out {label}: OpenImageIO cannot write it: {error.strip()}")
                continue
            try:
                wrong = compare(path, codes)
            except RuntimeError as error:
                wrong = str(error)
            passed, failed = passed + (wrong is None), failed + (wrong is not None)
            print(f"{'ok' if wrong is None else 'FAILED'} {label}{': ' + wrong if wrong else ''}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
