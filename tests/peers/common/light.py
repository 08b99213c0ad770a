"""From the codes of files back to light, by other decoders than ours, and how far two lights lie apart.

Light is linear, float64, 0..1, with Rec.709's primaries where nothing else is said.
"""

import numpy as np

from . import run

# ITU-R BT.709-6 with its white D65, and CIE XYZ of P3's primaries with the same white
TO_XYZ = np.array([[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]])
P3_TO_XYZ = np.array([[0.4865709, 0.2656677, 0.1982173], [0.2289746, 0.6917385, 0.0792869], [0.0, 0.0451134, 1.0439444]])


def srgb_light(code):
    """IEC 61966-2-1, of codes in 0..1."""
    return np.where(code <= 0.04045, code / 12.92, ((np.maximum(code, 0) + 0.055) / 1.055) ** 2.4)


def srgb_code(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def bt1886_light(code):
    """ITU-R BT.1886 with its black at 0."""
    return np.clip(code, 0, 1) ** 2.4


def film_light(code):
    """Kodak's conversion of 10-bit log film data: black at 95, white at 685, 0.002 of density a code,
    a negative of gamma 0.6."""
    black = 10 ** ((95 - 685) * 0.002 / 0.6)
    return (10 ** ((np.asarray(code, np.float64) - 685) * 0.002 / 0.6) - black) / (1 - black)


def film_code(light):
    black = 10 ** ((95 - 685) * 0.002 / 0.6)
    code = 685 + np.log10(np.maximum(light * (1 - black) + black, 1e-6)) * 0.6 / 0.002
    return np.clip(np.rint(code), 0, 1023).astype(np.uint16)


def codes(path):
    """R'G'B' of a file's first picture, 0..1, decoded by ffmpeg: of a still as it is, of a movie by its own
    matrix and range, before it is rounded."""
    size = run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", path])
    width, height = map(int, size[0].decode().strip().split(",")[:2])
    # swscale widens 8 bits by 8 more behind them, so that white is not 65535
    movie = str(path).endswith(".mp4")
    pixel, kind, white = ("rgb48le", "<u2", 255 * 256) if movie else ("rgb24", "u1", 255)
    scale = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic:out_range=full"
    command = ["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-vf", f"{scale},format={pixel}"]
    pixels, _ = run([*command, "-f", "rawvideo", "-"])
    return np.minimum(np.frombuffer(pixels, kind).reshape(height, width, 3) / white, 1)


def tags(path):
    """What ffprobe reads of a movie: range, matrix, transfer, primaries."""
    names = ["color_range", "color_space", "color_transfer", "color_primaries"]
    command = ["ffprobe", "-v", "error", "-show_entries", f"stream={','.join(names)}", "-of", "default=nw=1", path]
    found = dict(line.split("=", 1) for line in run(command)[0].decode().split())
    return [found.get(name) for name in names]


def lab(light, to_xyz=TO_XYZ):
    """CIELAB under D65, CIE 15:2004 section 8.2.1."""
    xyz = np.clip(light, 0, 1) @ to_xyz.T / to_xyz.sum(axis=1)
    knee = 6 / 29
    x, y, z = np.moveaxis(np.where(xyz > knee**3, np.cbrt(xyz), xyz / (3 * knee**2) + 4 / 29), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def delta_e_2000(one, other):
    """Sharma, Wu and Dalal (2005), whose numbers the steps have here."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(each, -1, 0) for each in (one, other))

    def weight(chroma):
        return np.sqrt(chroma**7 / (chroma**7 + 25.0**7))

    # 2 to 7
    stretch = 1.5 - 0.5 * weight((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    p1, p2 = a1 * stretch + 1j * b1, a2 * stretch + 1j * b2
    c1, c2 = np.abs(p1), np.abs(p2)
    h1, h2 = np.degrees(np.angle(p1)) % 360, np.degrees(np.angle(p2)) % 360
    # 8 to 14
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    l, c, h = (l1 + l2) / 2, (c1 + c2) / 2, np.where(grey, h1 + h2, h1 + turn / 2) % 360
    # 15 to 22
    terms = [(-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63)]
    t = 1 + sum(factor * np.cos(np.radians(many * h + shift)) for factor, many, shift in terms)
    middle = (l - 50) ** 2
    dl = dl / (1 + 0.015 * middle / np.sqrt(20 + middle))
    dc, dh = dc / (1 + 0.045 * c), dh / (1 + 0.015 * c * t)
    rotation = -np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2)))) * 2 * weight(c)
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rotation * dc * dh, 0))
