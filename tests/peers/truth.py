"""Thumbnails and proxies against the float truth by OpenColorIO and OpenImageIO, and what dE2000 they err by.

    cargo build -p proxycore-cli
    python tests/peers/truth.py

Sources: one frame (the corpus's Rec709.exr, else one made here) as half floats of ACEScg, ACES2065-1 and
linear Rec.709, as 16-bit codes of ARRI LogC3 and LogC4, and as a 10-bit DPX of printing density (Cineon). Looked
at through the built-in transforms, the ACES 1.3 SDR view and the ACES 2.0 SDR view; views op by op and fast.

The truth: what the file stores, read by OpenImageIO (film by Kodak's formula), taken by OpenColorIO's CPU
processor to what an sRGB display shows, back to light by the display's curve, clipped, resized with Lanczos 3
by OpenImageIO. Ours is decoded by ffmpeg, and its bars are cut off.

A thumbnail's dE2000 stays within a mean of 0.3 and a 99th percentile of 1.0, of a fast view 1.5. A movie has a
distance of its own, by 4:2:0 and by its quantiser; its bias, the largest mean signed difference of L*, a* and
b*, stays within 0.3.
"""

import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio
    import PyOpenColorIO as ocio

    from common import CORPUS, TARGET, run
    from common.light import bt1886_light, codes, delta_e_2000, film_code, film_light, lab, srgb_light
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PLATE = CORPUS / "exr" / "Chromaticities" / "Rec709.exr"
DISPLAY = "sRGB - Display"
STUDIO = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
# name, config, view
LOOKS = [
    ("no config", None, None),
    ("ACES 1.3", "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4", "ACES 1.0 - SDR Video"),
    ("ACES 2.0", STUDIO, "ACES 2.0 - SDR 100 nits (Rec.709)"),
]
# name, the config's name for the space, ending, type
SOURCES = [
    ("ACEScg", "ACEScg", "exr", "half"),
    ("ACES2065-1", "ACES2065-1", "exr", "half"),
    ("linear Rec.709", "Linear Rec.709 (sRGB)", "exr", "half"),
    ("ARRI LogC3", "ARRI LogC3 (EI800)", "tif", "uint16"),
    ("ARRI LogC4", "ARRI LogC4", "tif", "uint16"),
    ("Cineon DPX", None, "dpx", "uint10"),
]
REC709 = "Linear Rec.709 (sRGB)"
MEAN, P99, P99_FAST, BIAS = 0.3, 1.0, 1.5, 0.3


def plate():
    """Linear Rec.709 light: smooth colours, edges, grain and highlights over display white."""
    if PLATE.is_file():
        return oiio.ImageBuf(str(PLATE)).get_pixels(oiio.FLOAT)[:, :, :3]
    height, width = 405, 610
    y, x = np.mgrid[0:height, 0:width]
    waves = [0.5 + 0.5 * np.sin(x / (37 + 9 * c) + y / (29 - 5 * c) + c) for c in range(3)]
    light = 2.0 ** (7 * np.stack(waves, -1) - 5.5)
    light[100:220, 150:330] = [0.8, 0.12, 0.02]
    light[180:300, 300:470] = 6.0
    light *= 1 + np.random.default_rng(11).normal(0, 0.03, light.shape)
    return light.astype(np.float32)


def through(config, transform, pixels):
    """Pixels after a transform, in a copy."""
    flat = np.ascontiguousarray(pixels.reshape(-1, 3), np.float32).copy()
    ocio.Config.CreateFromFile(config).getProcessor(transform).getDefaultCPUProcessor().applyRGB(flat)
    return flat.reshape(pixels.shape)


def write(path, pixels, kind):
    height, width = pixels.shape[:2]
    spec = oiio.ImageSpec(width, height, 3, "uint16" if kind == "uint10" else kind)
    if kind == "uint10":
        spec.attribute("oiio:BitsPerSample", 10)
        spec.attribute("dpx:Transfer", "Printing density")
        spec.attribute("dpx:Colorimetric", "Printing density")
    output = oiio.ImageOutput.create(str(path))
    if not output.open(str(path), spec) or not output.write_image(pixels):
        raise RuntimeError(output.geterror())
    output.close()


def store(folder, light, name, space, ending, kind):
    """Writes a source; answers with its path, and what it stores: numbers of `space`, film as light."""
    path = folder / f"{name.replace(' ', '_')}.{ending}"
    if space is None:
        film = film_code(light)
        # OpenImageIO takes ten bits from the top of sixteen
        write(path, (film << 6) | (film >> 4), kind)
        return path, film_light(np.rint(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT) * 1023))
    pixels = through(STUDIO, ocio.ColorSpaceTransform(src=REC709, dst=space), light)
    write(path, np.clip(pixels, 0, 1) if kind == "uint16" else pixels, kind)
    return path, oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT)


def truth(stored, space, config, view):
    """Display-linear light, before it is resized."""
    space = space or REC709
    if view is None:
        shown = through(STUDIO, ocio.ColorSpaceTransform(src=space, dst=REC709), stored)
    else:
        view = ocio.DisplayViewTransform(src=space, display=DISPLAY, view=view)
        shown = srgb_light(through(config, view, stored).astype(np.float64))
    return np.clip(shown, 0, 1).astype(np.float32)


def resized(light, width, height):
    if light.shape[:2] == (height, width):
        return light
    roi = oiio.ROI(0, width, 0, height, 0, 1, 0, 3)
    return oiio.ImageBufAlgo.resize(oiio.ImageBuf(light), "lanczos3", roi=roi).get_pixels(oiio.FLOAT)


def picture(pixels, height, width):
    """A letterboxed file without its bars."""
    scale = min(pixels.shape[1] / width, pixels.shape[0] / height)
    w, h = (min(side, max(1, round(scale * of))) for side, of in ((pixels.shape[1], width), (pixels.shape[0], height)))
    x, y = (pixels.shape[1] - w) // 2, (pixels.shape[0] - h) // 2
    return pixels[y : y + h, x : x + w]


def measure(path, to_light, want):
    """dE2000's mean, 99th percentile and maximum, and the bias."""
    have = to_light(picture(codes(path), *want.shape[:2]))
    one, other = lab(resized(want, have.shape[1], have.shape[0])), lab(have)
    apart = delta_e_2000(one, other)
    bias = np.abs((other - one).mean(axis=(0, 1))).max()
    return apart.mean(), np.percentile(apart, 99), apart.max(), bias


def make(path, space, config, view, precision, out):
    options = ["--input-space", space] if space else []
    if config:
        options += ["--ocio", config, "--display", DISPLAY, "--display-view", view, "--color-precision", precision]
    run([TARGET / "proxycore", "make", path, "--out", out, *options])
    return out / f"{path.stem}_thumb.jpg", out / f"{path.stem}_proxy.mp4"


def row(path, stored, space, look, precision, out):
    """A line of the table, and whether it holds."""
    name, config, view = look
    want = truth(stored, space, config, view)
    thumb, proxy = make(path, space, config, view, precision, out)
    mean, p99, most, _ = measure(thumb, srgb_light, want)
    movie, _, _, bias = measure(proxy, bt1886_light, want)
    ok = mean <= MEAN and p99 <= (P99_FAST if precision == "fast" else P99) and bias <= BIAS
    title = f"{name}, {precision}" if view else name
    return ok, f"{title:<16} {mean:6.3f} {p99:6.3f} {most:6.3f}   {movie:6.3f} {bias:6.3f}"


def main():
    passed = failed = 0
    light = plate()
    print(f"{'':<42} thumbnail            proxy")
    print(f"{'':<41} {'mean':>6} {'p99':>6} {'max':>6}   {'mean':>6} {'bias':>6}")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name, space, ending, kind in SOURCES:
            path, stored = store(folder, light, name, space, ending, kind)
            for look in LOOKS:
                for precision in ("fast", "exact") if look[1] else ("exact",):
                    out = folder / f"{passed + failed}"
                    ok, line = row(path, stored, space, look, precision, out)
                    passed, failed = passed + ok, failed + (not ok)
                    print(f"{'ok' if ok else 'FAILED':<7} {name:<15} {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
