#!/usr/bin/env python3
"""Makes renditions of the demo frames and shows them to Chromium, which must play the movies and
give back the chart's flat patches in the colours that they should have on a display.

The command line is `$PROXYCORE`, else `target/release/proxycore`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from check import Medium, check

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROXYCORE = os.environ.get("PROXYCORE") or ROOT / "target/release/proxycore"
# in codes: 8-bit limited range costs about one, the encoder the rest
TOLERANCE = 3.0


def bt1886(light):
    """The code of light on the display of ITU-R BT.1886, black at 0."""
    return 255 * min(max(light, 0.0), 1.0) ** (1 / 2.4)


def srgb(light):
    """The code of light on the display of IEC 61966-2-1."""
    light = min(max(light, 0.0), 1.0)
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


# linear Rec.709 to linear P3 with a D65 white, SMPTE EG 432-1 and ITU-R BT.709-6
TO_P3 = ((0.8224620, 0.1775380, 0.0), (0.0331942, 0.9668058, 0.0), (0.0170826, 0.0723974, 0.9105199))


def display_p3(rgb):
    """The codes of Rec.709 light on a Display P3 display."""
    return tuple(srgb(sum(part * light for part, light in zip(row, rgb))) for row in TO_P3)


def wide(frame, out):
    """A frame's stills for Display P3, on a canvas of that space: patches that both displays show."""
    stem = pathlib.Path(frame["path"]).stem
    inside = [patch for patch in frame["patches"] if all(0 < light < 1 for light in patch["rgb"])]
    codes = {(p["x"], p["y"]): display_p3(p["rgb"]) for p in inside}
    size = (frame["width"], frame["height"])
    return [
        Medium("still", out / f"{stem}_{name}", codes, TOLERANCE, size, side, "display-p3")
        for name, side in (("preview.jpg", 9), ("thumb.jpg", 3))
    ]


def media(frame, out):
    """A frame's renditions, with its patches in the code values of each."""
    stem = pathlib.Path(frame["path"]).stem
    size = (frame["width"], frame["height"])

    def medium(kind, name, curve, side=9):
        codes = {(p["x"], p["y"]): tuple(map(curve, p["rgb"])) for p in frame["patches"]}
        return Medium(kind, out / f"{stem}_{name}", codes, TOLERANCE, size, side)

    return [
        medium("movie", "proxy.mp4", bt1886),
        medium("still", "preview.jpg", srgb),
        # a patch is ten pixels wide there
        medium("still", "thumb.jpg", srgb, side=3),
    ]


def run(*args):
    return subprocess.run([PROXYCORE, *args], check=True, stdout=subprocess.PIPE).stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        frames = [json.loads(line) for line in run("demo", "--charts", "--json", folder).splitlines()]
        out = pathlib.Path(folder, "out")
        sources = [frame["path"] for frame in frames]
        run("make", *sources, "--out", out, "--renditions", "thumb,proxy,preview")
        shown = [medium for frame in frames for medium in media(frame, out)]
        # for a computer's display, a movie's codes are those of a still
        run("make", *sources, "--out", out / "web", "--renditions", "proxy", "--video-color", "srgb")
        for frame in frames:
            stem = pathlib.Path(frame["path"]).stem
            codes = {(p["x"], p["y"]): tuple(map(srgb, p["rgb"])) for p in frame["patches"]}
            size = (frame["width"], frame["height"])
            shown.append(Medium("movie", out / "web" / f"{stem}_proxy.mp4", codes, TOLERANCE, size, 9))
        p3 = ["--renditions", "thumb,preview", "--still-color", "display-p3"]
        run("make", *sources, "--out", out / "p3", *p3)
        shown += [medium for frame in frames for medium in wide(frame, out / "p3")]
        sys.exit(check(shown))


if __name__ == "__main__":
    main()
