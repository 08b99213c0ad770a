#!/usr/bin/env python3
"""Deep OpenEXR against OpenImageIO: the same light of the same samples.

    cargo build -p proxycore-examples --example floats
    python tests/peers/deep.py

Writes deep parts of every kind with OpenImageIO and compares ours with its `flatten`. That
composites samples in the file's order, so it is given samples that its own `split`, `sort` and
`merge_overlaps` have made tidy; how far its answer is off without that is printed, and is no
failure. Then the files of our tests' own writer are read by both, and public frames where they are.

Prints a line a case and closes with `N passed, M failed`; exits 1 where one failed.
"""

import itertools
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio

    from common import CORPUS, ROOT, ours
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

COMPRESSIONS = ["none", "rle", "zips"]
LAYOUTS = [0, 16]
SIZE = (29, 19)
# OpenImageIO composites in floats, of a few samples with values up to 4; ours in doubles
TOLERANCE = 4e-6
# it divides integers by the largest
LARGEST = 2.0**32 - 1


# what the pixels of a case hold: samples as dictionaries, in the file's order


def light(rng, alpha):
    """Premultiplied, of numbers that halves hold exactly."""
    return {name: rng.randrange(9) / 8 for name in "RGB"} | {"A": alpha}


def points(rng, tidy=True):
    depths = rng.sample(range(1, 20), rng.randrange(5))
    depths = sorted(depths) if tidy else depths
    return [light(rng, rng.choice([0, 0.25, 0.5, 1])) | {"Z": z, "ZBack": z} for z in depths]


def volumes(rng):
    """Volumes and points that follow one another without overlap."""
    samples, z = [], 1
    for _ in range(rng.randrange(5)):
        length = rng.choice([0, 0.5, 1, 2])
        samples.append(light(rng, rng.choice([0, 0.25, 0.75, 1])) | {"Z": z, "ZBack": z + length})
        z += length + rng.choice([0, 1]) + (length == 0)
    return samples


def messy(rng):
    """Anything anywhere, with an opaque point at the most: for the others see `cases`."""
    samples, opaque = [], False
    for _ in range(rng.randrange(7)):
        length = rng.choice([0, 0, 1, 2, 4])
        wall = length == 0 and not opaque and rng.randrange(3) == 0
        opaque |= wall
        z = rng.randrange(1, 7)
        alpha = 1 if wall else rng.choice([0, 0.125, 0.5, 0.75, 0.875])
        samples.append(light(rng, alpha) | {"Z": z, "ZBack": z + length})
    return samples


def messier(rng):
    """The same, and as many opaque volumes as may be."""
    return [s | {"A": rng.choice([s["A"], s["A"], s["A"], 1])} for s in messy(rng)]


def coincident(rng):
    z = {"Z": rng.randrange(1, 4)}
    return [light(rng, rng.choice([0, 0.25, 0.5])) | z for _ in range(rng.randrange(4))]


def three_alphas(rng):
    alphas = [0, 0.25, 0.5, 1]
    own = {name: rng.choice(alphas) for name in ("AR", "AG", "AB")}
    return [sample | own for sample in points(rng)]


def walls(rng):
    """Opaque samples at one place, with another number of them in each pixel."""
    return [light(rng, 1) | {"Z": 2, "ZBack": 2} for _ in range(rng.randrange(2, 6))]


def opaque(rng):
    return [sample | {"A": 1} for sample in points(rng, tidy=False)]


def beyond(rng):
    return [sample | {"A": rng.choice([-0.5, 0.5, 1.5])} for sample in points(rng)]


RGBAZ = ["R", "G", "B", "A", "Z"]
VOLUME = [*RGBAZ, "ZBack"]


class Case:
    def __init__(self, name, channels, pixel, **more):
        self.name, self.channels, self.pixel = name, channels, pixel
        self.types = {"Z": "float", "ZBack": "float"} | more.pop("types", {})
        self.type = more.pop("type", "float")
        self.compression = more.pop("compression", "zips")
        self.tile = more.pop("tile", 0)
        self.data = more.pop("data", (0, 0, *SIZE))
        self.display = more.pop("display", None) or (0, 0, *SIZE)
        # whether OpenImageIO is right without help; what it divides by; what it does otherwise
        self.tidy, self.scale = more.pop("tidy", False), more.pop("scale", 1.0)
        self.known = more.pop("known", None)
        assert not more, more

    def write(self, path):
        rng = random.Random(self.name)
        spec = oiio.ImageSpec(self.data[2], self.data[3], len(self.channels), "float")
        spec.x, spec.y = self.data[:2]
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = self.display
        spec.channelnames = tuple(self.channels)
        types = [oiio.TypeDesc(self.types.get(name, self.type)) for name in self.channels]
        spec.channelformats = tuple(types)
        spec.tile_width = spec.tile_height = self.tile
        spec.deep = True
        spec["compression"] = self.compression
        deep = oiio.DeepData()
        deep.init(spec.width * spec.height, len(types), types, self.channels)
        pixels = [self.pixel(rng) for _ in range(deep.pixels)]
        for at, samples in enumerate(pixels):
            deep.set_samples(at, len(samples))
            for number, sample in enumerate(samples):
                for channel, name in enumerate(self.channels):
                    if types[channel].basetype == oiio.UINT32:
                        deep.set_deep_value_uint(at, channel, number, int(sample[name] * 8))
                    else:
                        deep.set_deep_value(at, channel, number, sample[name])
        out = oiio.ImageOutput.create(str(path))
        if not out or not out.open(str(path), spec) or not out.write_deep_image(deep):
            raise RuntimeError(out.geterror() if out else oiio.geterror())
        out.close()
        return pixels


def by_the_note(samples):
    """What "Interpreting OpenEXR Deep Pixels" makes of samples, word by word, in doubles. One
    without an alpha is opaque; of opaque ones at one place all count alike."""
    return [over(pieces(samples, colour)) for colour in "RGB"]


def pieces(samples, colour):
    """Front, back, light and alpha in one colour, split where they overlap and sorted."""
    ends = sorted({sample[end] for sample in samples for end in ("Z", "ZBack")})
    split = []
    for sample in samples:
        front, back, light = sample["Z"], sample["ZBack"], sample[colour]
        alpha = min(max(sample.get("A" + colour, sample.get("A", 1)), 0), 1)
        cuts = [end for end in ends if front <= end <= back]
        if front == back:
            split.append((front, back, light, alpha))
        for near, far in itertools.pairwise(cuts):
            share = (far - near) / (back - front)
            part = 1 - (1 - alpha) ** share
            of_light = share if alpha == 0 else part / alpha
            split.append((near, far, light * of_light, part))
    return sorted(split, key=lambda piece: piece[:2])


def over(split):
    """Merges what is at one place, and composites."""
    light, passes = 0.0, 1.0
    for _, group in itertools.groupby(split, key=lambda piece: piece[:2]):
        more, alpha = merged([piece[2:] for piece in group])
        light += passes * more
        passes *= 1 - alpha
    return light


def merged(group):
    walls = [light for light, alpha in group if alpha == 1]
    if walls:
        return sum(walls) / len(walls), 1
    dense = [-np.log1p(-alpha) for _, alpha in group]
    glow = sum(l * (u / a if a else 1) for (l, a), u in zip(group, dense, strict=True))
    alpha = -np.expm1(-sum(dense))
    return glow * (alpha / sum(dense) if alpha else 1), alpha


def cases():
    kinds = [
        ("points", RGBAZ, points, True),
        ("volumes", VOLUME, volumes, True),
        ("points out of order", RGBAZ, lambda rng: points(rng, tidy=False), False),
        ("points at one depth", RGBAZ, coincident, False),
        ("messy volumes", VOLUME, messy, False),
        ("nothing", RGBAZ, lambda rng: [], True),
    ]
    for compression, tile, sort in itertools.product(COMPRESSIONS, LAYOUTS, ["half", "float"]):
        for kind, channels, pixel, tidy in kinds:
            name = f"{compression} {f'tiles {tile}' if tile else 'lines'} {sort} {kind}"
            options = {"compression": compression, "tile": tile, "type": sort, "tidy": tidy}
            yield Case(name, channels, pixel, **options)
        name = f"{compression} {f'tiles {tile}' if tile else 'lines'} uint points {sort} alpha"
        types = {"A": sort}
        options = {"compression": compression, "tile": tile, "types": types, "tidy": True}
        yield Case(name, RGBAZ, points, type="uint", scale=LARGEST, **options)
    windows = [
        ("data inside", (5, 3, 11, 7), (0, 0, 29, 19)),
        ("data larger", (-5, -3, 40, 30), (0, 0, 29, 19)),
        ("negative origins", (-7, -20, 17, 12), (-10, -25, 29, 19)),
        ("data beside", (40, 0, 5, 5), (0, 0, 29, 19)),
    ]
    for (name, data, display), tile in itertools.product(windows, LAYOUTS):
        name = f"{name} {f'tiles {tile}' if tile else 'lines'}"
        yield Case(name, VOLUME, messy, data=data, display=display, tile=tile)
    yield Case("no depth", RGBAZ[:4], points, tidy=True)
    alphas = [*RGBAZ[:3], "AR", "AG", "AB", "Z"]
    # what OpenImageIO does otherwise, and why it is not asked
    for name, channels, pixel, known in [
        ("an alpha for each colour", alphas, three_alphas, "it adds alphas up by their mean"),
        ("no alpha", ["R", "G", "B", "Z"], opaque, "it refuses"),
        ("opaque at one depth", RGBAZ, walls, "the last of them counts most"),
        ("opaque among volumes", VOLUME, messier, "the others show through, for 1 is rounded"),
        ("alpha out of bounds", RGBAZ, beyond, "it is not bounded"),
    ]:
        yield Case(name, channels, pixel, known=known)


def tidied(deep):
    """A copy in floats, made tidy; integers stay."""
    channels = range(deep.channels)
    types = [deep.channeltype(channel) for channel in channels]
    integer = oiio.UINT32
    types = [kind if kind.basetype == integer else oiio.TypeDesc("float") for kind in types]
    tidy = oiio.DeepData()
    tidy.init(deep.pixels, deep.channels, types, [deep.channelname(at) for at in channels])
    front, back = deep.Z_channel, deep.Zback_channel
    for pixel in range(deep.pixels):
        tidy.copy_deep_pixel(pixel, deep, pixel)
        count = tidy.samples(pixel)
        if front < 0 or count < 2:
            continue
        ends = {
            tidy.deep_value(pixel, end, sample) for sample in range(count) for end in (front, back)
        }
        for end in sorted(ends):
            tidy.split(pixel, end)
        tidy.sort(pixel)
        tidy.merge_overlaps(pixel)
    return tidy


def flattened(spec, deep):
    """What OpenImageIO makes of samples, in the display window."""
    buffer = oiio.ImageBuf(spec)
    for at in range(deep.pixels):
        x, y = spec.x + at % spec.width, spec.y + at // spec.width
        buffer.set_deep_samples(x, y, 0, deep.samples(at))
    for at in range(deep.pixels):
        x, y = spec.x + at % spec.width, spec.y + at // spec.width
        for sample, channel in itertools.product(range(deep.samples(at)), range(deep.channels)):
            if deep.channeltype(channel).basetype == oiio.UINT32:
                value = deep.deep_value_uint(at, channel, sample)
                buffer.set_deep_value_uint(x, y, 0, channel, sample, value)
            else:
                value = deep.deep_value(at, channel, sample)
                buffer.set_deep_value(x, y, 0, channel, sample, value)
    return light_of(buffer)


def light_of(buffer):
    spec = buffer.spec()
    flat = oiio.ImageBufAlgo.flatten(buffer)
    if flat.has_error:
        raise RuntimeError(flat.geterror())
    names = list(spec.channelnames)
    pixels = flat.get_pixels("float")[:, :, [names.index(name) for name in "RGB"]]
    return framed(spec, pixels)


def framed(spec, pixels):
    """Pixels of the data window, where they are in the display window."""
    out = np.zeros((spec.full_height, spec.full_width, 3))
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    width, height = spec.full_width, spec.full_height
    x0, x1 = max(left, 0), min(left + spec.width, width)
    y0, y1 = max(top, 0), min(top + spec.height, height)
    if x0 < x1 and y0 < y1:
        out[y0:y1, x0:x1] = pixels[y0 - top : y1 - top, x0 - left : x1 - left]
    return out


def read_deep(path):
    file = oiio.ImageInput.open(str(path))
    if not file:
        raise RuntimeError(oiio.geterror())
    spec = file.spec()
    deep = file.read_native_deep_image(0, 0)
    if not spec.deep or deep is None:
        raise RuntimeError(file.geterror() or "is not deep")
    return spec, deep


def as_floats(spec):
    """The description of the same pixels as floats, integers left alone."""
    floats = oiio.ImageSpec(spec)
    floats.set_format("float")
    kinds = (oiio.UINT32 == kind.basetype for kind in spec.channelformats)
    if any(kinds := list(kinds)):
        floats.channelformats = tuple(oiio.TypeDesc("uint" if uint else "float") for uint in kinds)
    return floats


def off(got, want):
    if got.shape != want.shape:
        raise RuntimeError(f"{got.shape} where {want.shape} was wanted")
    return float(np.max(np.abs(got - want), initial=0))


def verdict(distance, note=""):
    return distance <= TOLERANCE, f"off by {distance:.1e}{note}"


def against_flatten(path, tidy, scale=1.0):
    spec, deep = read_deep(path)
    got = ours(path)
    raw = light_of(oiio.ImageBuf(str(path))) * scale
    unhelped = off(got, raw)
    if tidy and unhelped > TOLERANCE:
        return False, f"off by {unhelped:.1e} of samples that are tidy"
    helped = off(got, flattened(as_floats(spec), tidied(deep)) * scale)
    note = "" if tidy else f"; OpenImageIO by {unhelped:.2g} without tidying"
    return verdict(helped, note)


def run(case, folder):
    path = folder / "case.exr"
    pixels = case.write(path)
    if not case.known:
        return against_flatten(path, case.tidy, case.scale)
    spec, deep = read_deep(path)
    want = np.array([by_the_note(samples) for samples in pixels])
    want = framed(spec, want.reshape(spec.height, spec.width, 3))
    try:
        theirs = f"{off(want, flattened(as_floats(spec), tidied(deep))):.2g}"
    except RuntimeError as refusal:
        theirs = str(refusal)
    return verdict(off(ours(path), want), f"; of OpenImageIO, {case.known}: {theirs}")


def of_our_writer(folder):
    """The files of the crate's own tests, as far as OpenEXR's library reads such files: it knows no
    ZIP in deep parts, and lets only tiles stand in any order."""
    tests = ["cargo", "test", "-q", "-p", "proxycore", "--test", "suite", "--"]
    command = [*tests, "deep::every_kind"]
    environment = {**os.environ, "PROXYCORE_DEEP_OUT": str(folder)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    for path in sorted(folder.iterdir()):
        packing, layout, _, order = path.stem.split("-")
        if packing != "zip" and (layout, order) != ("lines", "random"):
            yield f"our writer, {path.stem}", lambda path=path: against_flatten(path, tidy=False)


def of_corpus(root):
    for path in sorted(Path(root).glob("exr/**/*.exr")):
        file = oiio.ImageInput.open(str(path))
        if not file:
            # what it refuses is no deep file; else it tells so at the end
            oiio.geterror()
        elif file.spec().deep:
            yield str(path.relative_to(root)), lambda path=path: against_flatten(path, tidy=False)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        written = ((case.name, lambda case=case: run(case, Path(one))) for case in cases())
        everything = (written, of_our_writer(Path(other)), of_corpus(CORPUS))
        for name, check in itertools.chain(*everything):
            try:
                fine, said = check()
            except (RuntimeError, ValueError) as error:
                fine, said = False, str(error)
            print(f"{'ok   ' if fine else 'FAIL '} {name}: {said}", flush=True)
            passed, failed = passed + fine, failed + (not fine)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
