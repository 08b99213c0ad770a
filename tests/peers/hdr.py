"""Flat patches of PQ and HLG movies, decoded by ffmpeg, against OpenColorIO's own curves.

    cargo build -p proxycore-cli --features av1
    python tests/peers/hdr.py

A frame of ACEScg patches, greys from 0.004 to 64 and colours inside and outside of Rec.2020, as AV1 and
as ProRes.

- Without a config, codes are those of OpenColorIO's PQ and HLG (of a display of 1000 cd/m²) for light whose
  1.0 is 203 cd/m².
- Through a config, they are those of its display.
- Movies say 9/16/9 and 9/18/9, in limited range.

Codes are Y', Cb and Cr of 10 bits; both encoders lose some of them.
"""

import sys

try:
    import numpy as np
    import PyOpenColorIO as ocio

    from common import report, run
    from common.light import tags
    from patches import COLUMNS, HEIGHT, ROWS, SIDE, STUDIO, WIDTH, make, patches, write
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

# cd/m² of diffuse white, of 1.0 in OpenColorIO's display light, and of the two peaks
WHITE, UNIT, PEAKS = 203, 100, {"pq": 10_000, "hlg": 1000}
# ITU-R BT.2100-2 table 6
LUMA = np.array([0.2627, 0.6780, 0.0593])
TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
DISPLAYS = {
    "pq": ("Rec.2100-PQ - Display", "ACES 2.0 - HDR 1000 nits (Rec.2020)"),
    "hlg": ("Rec.2100-HLG - Display", "ACES 2.0 - HDR 1000 nits (P3 D65)"),
}
# codes of 10 bits, by what the encoder loses
ENCODERS = {"av1": ("420", 3.0), "ffmpeg:prores422hq": ("422", 2.0)}


def scene():
    """The patches of the other script, and greys that go on above white."""
    colors = patches()
    colors[0] = [[2.0 ** (14 * step / (COLUMNS - 1) - 8)] * 3 for step in range(COLUMNS)]
    colors[7:] *= 3
    return colors


def through(transform, pixels, config=None):
    pixels = pixels.reshape(-1, 3).astype(np.float32)  # a copy, to work in
    config = config or ocio.Config.CreateRaw()
    config.getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
    return pixels.reshape(ROWS, COLUMNS, 3)


def builtin(color, colors):
    """What light of ACEScg is in OpenColorIO's curve, its white at 203 cd/m²."""
    studio = ocio.Config.CreateFromFile(STUDIO)
    light = through(ocio.ColorSpaceTransform("lin_ap1_scene", "lin_rec2020_scene"), colors, studio)
    light = np.clip(light * WHITE, 0, PEAKS[color]) / UNIT
    if color == "pq":
        return through(ocio.BuiltinTransform("CURVE - LINEAR_to_ST-2084"), light)
    # its input is XYZ, and the studio's space of it is of the scene: the matrix is the same
    xyz = through(ocio.ColorSpaceTransform("lin_rec2020_scene", "lin_ciexyzd65_scene"), light, studio)
    return through(ocio.BuiltinTransform("DISPLAY - CIE-XYZ-D65_to_REC.2100-HLG-1000nit"), xyz)


def by_display(color, colors):
    display, view = DISPLAYS[color]
    transform = ocio.DisplayViewTransform("lin_ap1_scene", display, view)
    return through(transform, colors, ocio.Config.CreateFromFile(STUDIO))


def video(signals):
    """Y', Cb and Cr in codes of 10 bits, limited range (ITU-R BT.2100-2 table 9)."""
    signals = np.clip(signals, 0, 1)
    luma = signals @ LUMA
    blue, red = (signals[..., axis] - luma for axis in (2, 0))
    parts = [64 + 876 * luma, 512 + 896 * blue / (2 - 2 * LUMA[2]), 512 + 896 * red / (2 - 2 * LUMA[0])]
    return np.stack(parts, -1)


def decoded(path, sampling):
    """The same of a movie: each patch's middle, as the file has it."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo"]
    raw, _ = run([*command, "-pix_fmt", f"yuv{sampling}p10le", "-"])
    codes = np.frombuffer(raw, "<u2").astype(np.float64)
    tall = 2 if sampling == "420" else 1
    planes, at = [], 0
    for wide, high in ((1, 1), (2, tall), (2, tall)):
        width, height = WIDTH // wide, HEIGHT // high
        plane = codes[at : at + width * height].reshape(ROWS, SIDE // high, COLUMNS, SIDE // wide)
        at += width * height
        inset = [slice(side // 4, -(side // 4)) for side in (SIDE // high, SIDE // wide)]
        planes.append(plane[:, inset[0], :, inset[1]].mean(axis=(1, 3)))
    return np.stack(planes, -1)


def checks(folder):
    """Name, what was found, what is allowed, its unit."""
    frame, colors = folder / "patches.exr", scene()
    write(frame, colors)
    for encoder, (sampling, most) in ENCODERS.items():
        for color, transfer in TRANSFERS.items():
            display, view = DISPLAYS[color]
            config = ["--ocio", STUDIO, "--display", display, "--display-view", view]
            for kind, want, options in [("built-in", builtin, []), ("config", by_display, config)]:
                name = f"{color} by {encoder}, {kind}"
                out = folder / name.replace(":", "-")
                quality = ["--quality", "4"] if encoder == "av1" else []
                movie = make(frame, out, "proxy", "--video-color", color, "--encoder", encoder, *quality, *options)
                apart = np.abs(decoded(movie["proxy"], sampling) - video(want(color, colors)))
                yield name, apart.max(), most, "codes"
                told = tags(movie["proxy"])
                yield f"{name}, tags", told != ["tv", "bt2020nc", transfer, "bt2020"], 0, "lies"


if __name__ == "__main__":
    sys.exit(report(checks))
