"""Flat patches of every rendition, decoded by ffmpeg, against the float image.

    cargo build -p proxycore-cli
    python tests/peers/patches.py

A frame of ACEScg patches, greys and colours inside and outside of Rec.709, through the built-in
transforms. Light is OpenColorIO's, clipped.

- The `rec709` proxy says 1/1/1 in limited range, and by BT.1886 shows the light within a dE2000 of 1.
- The `srgb` proxy says 1/13/1, and its codes and the thumbnail's agree within 2.
- A Display P3 thumbnail has the codes of P3 light, clipped to P3, within 1, and a preview (in Y'CbCr,
  which rounds for itself) within 2; the movie beside them is the same file as without.
"""

import sys
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio
    import PyOpenColorIO as ocio

    from common import TARGET, report, run
    from common.light import bt1886_light, codes, delta_e_2000, lab, srgb_code, tags
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

STUDIO = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
WIDTH, HEIGHT, SIDE = 640, 360, 40
COLUMNS, ROWS = WIDTH // SIDE, HEIGHT // SIDE
# in dE2000, and in codes of 8 bits
VIDEO, AGREE, EXACT, JFIF = 1.0, 2.0, 1.0, 2.0


def patches():
    """A colour for each place: a row of greys, then every hue from pale to saturated, dark to bright."""
    greys = [[2.0 ** (step / 2 - 7)] * 3 for step in range(COLUMNS)]
    rows = [greys]
    for row in range(1, ROWS):
        bright, saturation = [0.08, 0.25, 0.7, 1.4][(row - 1) // 2], [0.45, 0.98][row % 2]
        hues = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
        shares = [[0.5 + 0.5 * np.cos(hue - axis * 2 * np.pi / 3) for axis in range(3)] for hue in hues]
        rows.append([[bright * (1 - saturation * (1 - share)) for share in color] for color in shares])
    return np.array(rows, np.float32)


def write(path, colors):
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, "float")
    spec.attribute("colorInteropID", "lin_ap1_scene")
    output = oiio.ImageOutput.create(str(path))
    output.open(str(path), spec)
    output.write_image(np.ascontiguousarray(colors.repeat(SIDE, 0).repeat(SIDE, 1)))
    output.close()


def light(colors, space):
    pixels = colors.reshape(-1, 3).astype(np.float32)  # a copy, to work in
    config = ocio.Config.CreateFromFile(STUDIO)
    config.getProcessor("lin_ap1_scene", space).getDefaultCPUProcessor().applyRGB(pixels)
    return np.clip(pixels.astype(np.float64), 0, 1).reshape(colors.shape)


def means(pixels):
    """The mean of the middle of each patch; a thumbnail's bars are left out."""
    height, width = pixels.shape[:2]
    side, top = width / COLUMNS, (height - width * HEIGHT / WIDTH) / 2
    found = np.empty((ROWS, COLUMNS, 3))
    for row in range(ROWS):
        for column in range(COLUMNS):
            y, x = top + (row + 0.5) * side, (column + 0.5) * side
            reach = side * 0.2
            part = pixels[round(y - reach) : round(y + reach), round(x - reach) : round(x + reach)]
            found[row, column] = part.mean(axis=(0, 1))
    return found


def make(frame, out, renditions, *options):
    # tags and curves are what is looked at here, not what a light movie loses
    if "--encoder" not in options:
        options = ["--quality", "16", *options]
    run([TARGET / "proxycore", "make", frame, "--out", out, "--renditions", renditions, *options])
    return {path.stem.split("_")[1]: path for path in Path(out).iterdir() if path.suffix in (".jpg", ".mp4", ".mov")}


def checks(folder):
    """Name, what was found, what is allowed, its unit."""
    frame, colors = folder / "patches.exr", patches()
    write(frame, colors)
    plain = make(frame, folder / "plain", "thumb,proxy,preview", "--prove")
    web = make(frame, folder / "web", "proxy", "--video-color", "srgb")
    wide = make(frame, folder / "wide", "thumb,proxy,preview", "--still-color", "display-p3", "--prove")
    want = light(colors, "lin_rec709_scene")

    apart = delta_e_2000(lab(bt1886_light(means(codes(plain["proxy"])))), lab(want)).max()
    yield "rec709 proxy by BT.1886 to light", apart, VIDEO, "dE2000"
    yield "rec709 proxy says 1/1/1, limited", tags(plain["proxy"]) != ["tv", "bt709", "bt709", "bt709"], 0, "lies"
    yield "srgb proxy says 1/13/1, limited", tags(web["proxy"]) != ["tv", "bt709", "iec61966-2-1", "bt709"], 0, "lies"

    thumb, movie = means(codes(plain["thumb"])), means(codes(web["proxy"]))
    yield "srgb proxy to thumbnail", 255 * np.abs(thumb - movie).max(), AGREE, "codes"
    yield "thumbnail to light", 255 * np.abs(thumb - srgb_code(want)).max(), EXACT, "codes"

    p3 = srgb_code(light(colors, "lin_p3d65_scene"))
    yield "P3 thumbnail to light", 255 * np.abs(means(codes(wide["thumb"])) - p3).max(), EXACT, "codes"
    yield "P3 preview to light", 255 * np.abs(means(codes(wide["preview"])) - p3).max(), JFIF, "codes"
    # or nothing would be shown of what P3 is for
    narrow = light(colors, "lin_rec709_scene")
    pixels = narrow.reshape(-1, 3).astype(np.float32)
    config = ocio.Config.CreateFromFile(STUDIO)
    config.getProcessor("lin_rec709_scene", "lin_p3d65_scene").getDefaultCPUProcessor().applyRGB(pixels)
    gained = 255 * np.abs(srgb_code(pixels.reshape(p3.shape)) - p3).max()
    yield "codes that a clip to Rec.709 would have lost", -gained, -20, "codes"
    same = plain["proxy"].read_bytes() == wide["proxy"].read_bytes()
    yield "the proxy beside P3 stills is another file", not same, 0, "files"


if __name__ == "__main__":
    sys.exit(report(checks))
