"""Frames that look like a render, grown from a seed: frames.py DIR [--seed N].

Soft light, hard edges, lamps far above white, and grain, as half R, G, B, A in OpenEXR. Nothing is read,
so any seed gives another picture, of the same kind, at any size. Rows are painted in strips, so that a
frame of any size needs little memory.
"""

import argparse
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

UHD, HD = (4096, 2160), (2048, 1080)
COMPRESSIONS = ["none", "zip", "piz", "dwaa:45"]
PASSES = {"diffuse": 0.6, "specular": 0.3, "emission": 0.1, "scatter": 0.2, "indirect": 0.15}
STRIP = 128


class Scene:
    """What a seed decides: waves of light, discs of another brightness, lamps."""

    def __init__(self, seed):
        self.seed, dice = seed, np.random.default_rng(seed)


        def some(count, *ranges):
            draws = [dice.uniform(low, high, (count, each)) for low, high, each in ranges]
            return list(zip(*(draw.astype(np.float32) for draw in draws)))

        self.waves = some(5, (0, 9, 2), (0, 6, 2), (0, 0.3, 3))
        self.discs = some(16, (0, 1, 2), (0.03, 0.3, 1), (0.2, 1.8, 3))
        self.lamps = some(4, (0, 1, 2), (0.001, 0.01, 1), (0.3, 1, 3))

    def strip(self, size, rows, at=0):
        """Rows (a range) of frame `at` of a shot that pans, as (rows, width, 4) of half."""
        width, height = size
        u = (np.arange(width, dtype=np.float32) / np.float32(width) + np.float32(0.004 * at)) % 1
        v = np.arange(rows.start, rows.stop, dtype=np.float32) / np.float32(height)
        planes = np.full((3, len(v), width), 0.02, np.float32)
        for (fu, fv), (pu, pv), color in self.waves:
            wave = np.outer(1 + np.sin(fv * v + pv), 1 + np.sin(fu * u + pu))
            _add(planes, wave, color / 4)
        for center, radius, gain in self.discs:
            inside = _from(center, u, v, size) < radius**2
            for plane, each in zip(planes, gain):
                np.multiply(plane, each, out=plane, where=inside)
        for center, power, color in self.lamps:
            _add(planes, power / (_from(center, u, v, size) + power / 20), color)
        grain = np.random.default_rng([self.seed, at, rows.start]).standard_normal(planes.shape, np.float32)
        planes += grain * (0.03 * planes + 0.002)
        alpha = np.ones((1, len(v), width), np.float16)
        return np.concatenate([planes.astype(np.float16), alpha]).transpose(1, 2, 0)


def _add(planes, light, color):
    for plane, each in zip(planes, color):
        plane += each * light


def _from(center, u, v, size):
    """Squared distances from a point, in widths of the frame."""
    (x, y), shape = center, np.float32(size[1] / size[0])
    return np.add.outer(((v - y) * shape) ** 2, (u - x) ** 2)


def names(channels):
    """Channels of a frame: R, G, B, A, or with five passes and Z, 20 of them."""
    passes = [f"{name}.{letter}" for name in PASSES for letter in "RGB"]
    return (["R", "G", "B", "A"] + passes + ["Z"])[:channels]


def with_passes(rgba):
    """The 20 channels that `names` names."""
    shares = [rgba[..., :3] * np.float16(share) for share in PASSES.values()]
    return np.concatenate([rgba, *shares, rgba[..., 1:2]], -1)


def write(path, scene, size, compression, channels=4, parts=1, at=0):
    """Writes a frame; of several parts each has all channels, and the first is the beauty."""
    spec = oiio.ImageSpec(*size, channels, "half")
    spec.channelnames = tuple(names(channels))
    spec.attribute("compression", compression)
    spec.attribute("FramesPerSecond", 24.0)
    specs = [oiio.ImageSpec(spec) for _ in range(parts)]
    for number, each in enumerate(specs):
        each.attribute("oiio:subimagename", f"light{number}" if number else "beauty")
    # painting costs more than keeping what other parts have as well
    strips = _strips(scene, size, channels, at)
    strips = strips if parts == 1 else list(strips)
    out = oiio.ImageOutput.create(str(path))
    done = out.open(str(path), tuple(specs)) if parts > 1 else out.open(str(path), spec)
    for number, each in enumerate(specs):
        done = done and (number == 0 or out.open(str(path), each, "AppendSubimage"))
        done = done and all(out.write_scanlines(rows.start, rows.stop, 0, pixels) for rows, pixels in strips)
    if not done or not out.close():
        raise SystemExit(f"{path}: {out.geterror()}")


def _strips(scene, size, channels, at):
    for y in range(0, size[1], STRIP):
        rows = range(y, min(y + STRIP, size[1]))
        rgba = scene.strip(size, rows, at)
        yield rows, np.ascontiguousarray(with_passes(rgba) if channels > 4 else rgba)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    scene = Scene(args.seed)
    (args.dir / "shot").mkdir(parents=True, exist_ok=True)
    for compression in COMPRESSIONS:
        name = compression.split(":")[0]
        write(args.dir / f"{name}.exr", scene, UHD, compression)
        write(args.dir / f"{name}_20.exr", scene, UHD, compression, channels=20)
    for at in range(24):
        write(args.dir / f"shot/shot.{1001 + at}.exr", scene, HD, "zip", at=at)


if __name__ == "__main__":
    main()
