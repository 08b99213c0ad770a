"""How far a movie lies from the codes that went into it."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/peers"))

from common.light import bt1886_light, delta_e_2000, lab  # noqa: E402


class Quality(NamedTuple):
    """PSNR is that of luma over all frames, in decibels; dE2000 is a mean of three frames, and its bias the
    largest mean signed difference of L*, a* and b*."""

    psnr: float
    vmaf: float
    delta: float
    bias: float


def quality(ffmpeg, movie, codes, size):
    """Holds what ffmpeg decodes of a movie against its codes, a file of raw 4:2:0."""
    with tempfile.TemporaryDirectory() as folder:
        decoded = Path(folder) / "decoded.yuv"
        run([ffmpeg, "-v", "error", "-i", movie, "-fps_mode", "passthrough", "-f", "rawvideo", decoded])
        ours, theirs = (_frames(path, size) for path in (decoded, codes))
        if ours.shape != theirs.shape:
            raise SystemExit(f"{movie}: {len(ours)} frames of {len(theirs)}")
        return Quality(_psnr(ours, theirs, size), _vmaf(ffmpeg, decoded, codes, size), *_delta(ours, theirs, size))


def run(command):
    subprocess.run([str(word) for word in command], check=True)


def raw(path, size):
    """The words by which ffmpeg reads a file of codes."""
    return ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", "24", "-i", path]


def _frames(path, size):
    width, height = map(int, size.split("x"))
    return np.fromfile(path, np.uint8).reshape(-1, width * height * 3 // 2)


def _psnr(ours, theirs, size):
    width, height = map(int, size.split("x"))
    luma = slice(0, width * height)
    apart = [np.square(one[luma].astype(np.float32) - other[luma]).mean() for one, other in zip(ours, theirs)]
    return float(10 * np.log10(255**2 / max(np.mean(apart), 1e-6)))


def _vmaf(ffmpeg, decoded, codes, size):
    with tempfile.NamedTemporaryFile(suffix=".json") as log:
        filters = f"libvmaf=log_fmt=json:log_path={log.name}"
        run([ffmpeg, "-v", "error", *raw(decoded, size), *raw(codes, size), "-lavfi", filters, "-f", "null", "-"])
        return json.load(log)["pooled_metrics"]["vmaf"]["mean"]


def _delta(ours, theirs, size):
    at = sorted({0, len(ours) // 2, len(ours) - 1})
    pairs = [(_lab(ours[each], size), _lab(theirs[each], size)) for each in at]
    delta = np.mean([delta_e_2000(*pair).mean() for pair in pairs])
    return delta, np.mean([np.abs((one - other).mean((0, 1))).max() for one, other in pairs])


def _lab(frame, size):
    """Where the chroma is: every other pixel of every other row."""
    width, height = map(int, size.split("x"))
    luma, blue, red = np.split(frame.astype(np.float64), [width * height, width * height * 5 // 4])
    y = (luma.reshape(height, width)[::2, ::2] - 16) / 219
    b, r = ((plane.reshape(height // 2, width // 2) - 128) / 224 for plane in (blue, red))
    red, blue = y + 1.5748 * r, y + 1.8556 * b
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return lab(bt1886_light(np.stack([red, green, blue], -1)))
