"""OpenColorIO configs against OpenColorIO's own CPU processor: the same light for the same pixels.

    cargo build -p proxycore-cli && cargo build -p proxycore-examples --example colors
    python tests/peers/ocio.py

For each config that is built into OpenColorIO: every colour space, role and alias as the source of
the default view, and every view of every display from scene-linear light. Theirs is brought to
display-linear light twice:

- by one processor of the view, the display's space to CIE XYZ or ACES2065-1, and a matrix: the same
  ops as ours, in which the display's encoding and its inverse cancel. Both have to be the same;
- through the display's codes: by a processor each of the view and of the way back, and a matrix in
  float64. It shows that what cancels may: nothing is clamped, no primaries are lost. It is less
  exact, since OpenColorIO's power function errs by 1e-5 of a code by default, which PQ enlarges.

Then every display and view goes to 8-bit sRGB codes (and, of displays of high dynamic range, to codes
of 10 bits of their own curve), as thumbnails and movies have them: exact views within a code of
theirs, fast ones within a dE2000 of 0.5. Beside the built-in configs these are one of version 1 that is
written here, with names that configs have, and every config below $PROXYCORE_OCIO_CONFIGS.

Last, the file rules of a config are followed by both.

Spaces of codes (logs, displays) get codes of -0.2 to 1.5, spaces of light up to 200.

Prints a line a transform with the largest of each difference, and closes with `N passed, M failed`; exits 1
where one failed.
"""

import itertools
import os
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import OpenImageIO as oiio
    import PyOpenColorIO as ocio

    from common import TARGET, info, run
    from common.light import delta_e_2000, lab
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

# of light in 0..1. The most measured was 3e-8, and 4.6e-4 through codes
# of PQ; a step of an 8-bit code is 0.004 to 0.009 where it shows.
SAME, THROUGH_CODES = 1e-6, 7e-4

# of numbers that are shown as they are: both decode PQ by a fast power function of their own, 7.4e-6 apart
DATA = 1e-5

CODES = -0.2, 1.5

# of 8 bits and of 10, and dE2000
CODE, DELTA = 1.0, 0.5

# ITU-R BT.709-6 and BT.2020-2, SMPTE RP 431-2 with D65, and SMPTE ST 2065-1 with its white of ACES:
# x, y of red, green, blue, white
REC709 = [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290)]
REC2020 = [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290)]
P3D65 = [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290)]
AP0 = [(0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.0770), (0.32168, 0.33767)]
CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xyz(point):
    x, y = point
    return np.array([x / y, 1, (1 - x - y) / y])


def to_xyz(primaries):
    red, green, blue, white = map(lambda at: np.array([*at, 1 - sum(at)]), primaries)
    axes = np.stack([red, green, blue], axis=1)
    return axes * np.linalg.solve(axes, xyz(primaries[3]))


def adapted(source, target):
    gains = (CONES @ xyz(target[3])) / (CONES @ xyz(source[3]))
    return np.linalg.inv(CONES) @ np.diag(gains) @ CONES


XYZ_TO_REC709 = np.linalg.inv(to_xyz(REC709))
AP0_TO_REC709 = XYZ_TO_REC709 @ adapted(AP0, REC709) @ to_xyz(AP0)


def pixels():
    """Greys from 1e-6 to 200 and below 0, every 12-bit code's neighbourhood, a cube, saturated light."""
    random = np.random.default_rng(709)
    greys = np.concatenate([np.geomspace(1e-6, 200, 400), -np.geomspace(1e-6, 0.5, 60), [0]])
    codes = np.linspace(0, 1, 513)
    cube = np.array(list(itertools.product(np.linspace(0, 1, 9), repeat=3)))
    levels = np.geomspace(1e-3, 100, 40)[:, None]
    hues = [hue for hue in itertools.product([0.0, 0.1, 1.0], repeat=3) if 1.0 in hue]
    saturated = np.concatenate([levels * np.array(hue) for hue in hues])
    negative = random.uniform(-0.2, 1.2, (500, 3))
    light = np.exp(random.uniform(np.log(1e-4), np.log(100), (1000, 3)))
    greys = np.repeat(np.concatenate([greys, codes])[:, None], 3, axis=1)
    return np.concatenate([greys, cube, saturated, negative, light]).astype("<f4")


def apply(processor, values):
    values = np.ascontiguousarray(values, dtype=np.float32).copy()
    processor.getDefaultCPUProcessor().applyRGB(values)
    return values


def srgb(codes):
    """Light of IEC 61966-2-1's codes."""
    codes = np.clip(codes.astype(np.float64), 0, 1)
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def theirs(config, job, values):
    """Light as one processor makes it, and as it comes through the display's codes; how far ours may be."""
    source, display, view = job
    display = display or config.getDefaultDisplay()
    view = view or config.getDefaultView(display, source)
    shown = ocio.DisplayViewTransform(src=source, display=display, view=view)
    codes = apply(config.getProcessor(shown), values)

    name = config.getDisplayViewColorSpaceName(display, view)
    space = config.getColorSpace(display if name.upper() == "<USE_DISPLAY_NAME>" else name)
    if space.isData():
        # numbers as they are, as codes of the display
        back = ocio.ColorSpaceTransform(src=display, dst="cie_xyz_d65_interchange")
        codes = np.clip(np.nan_to_num(codes, nan=0), 0, 1)
        light = apply(config.getProcessor(back), codes).astype(np.float64) @ XYZ_TO_REC709.T
        return [(black(light), DATA)] * 2
    of_display = space.getReferenceSpaceType() == ocio.REFERENCE_SPACE_DISPLAY
    role, matrix = ("cie_xyz_d65_interchange", XYZ_TO_REC709) if of_display else ("aces_interchange", AP0_TO_REC709)
    back = ocio.ColorSpaceTransform(src=space.getName(), dst=role)
    square = np.eye(4)
    square[:3, :3] = matrix
    whole = ocio.GroupTransform([shown, back, ocio.MatrixTransform(matrix=square.ravel().tolist())])
    light = apply(config.getProcessor(back), codes).astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        together = black(apply(config.getProcessor(whole), values))
        return (together, SAME), (black(light @ matrix.T), THROUGH_CODES)


def black(light):
    """NaN as black, and the rest in 0..1."""
    return np.clip(np.nan_to_num(light.astype(np.float64), nan=0), 0, 1)


def jobs(config):
    """Source, display and view; the default ones where empty."""
    everywhere = ocio.SEARCH_REFERENCE_SPACE_ALL, ocio.COLORSPACE_ALL
    for space in config.getColorSpaces(*everywhere):
        if not space.isData():
            for name in [space.getName(), *space.getAliases()]:
                yield name, "", ""
    for role, space in config.getRoles():
        if not config.getColorSpace(space).isData():
            yield role, "", ""
    for display in config.getDisplays():
        for view in config.getViews(display):
            yield "scene_linear", display, view


def domain(config, source, values):
    """Which pixels mean something in a space."""
    if config.getColorSpace(source).getEncoding().endswith("-linear"):
        return np.ones(len(values), bool)
    return ((values >= CODES[0]) & (values <= CODES[1])).all(axis=1)


def ours(folder, config, all_jobs, values):
    """Light of every job, and what was said of those that failed, by number."""
    listed = folder / "jobs"
    listed.write_text("".join("\t".join([config, *job]) + "\n" for job in all_jobs))
    light, said = run([TARGET / "examples" / "colors", listed], input=values.tobytes())
    complaints = dict(line.split(": ", 1) for line in said.splitlines() if "Fast" not in line)
    return np.frombuffer(light, "<f4").reshape(len(all_jobs), *values.shape), complaints


def compare(config, job, mine, values):
    """Whether both make the same light, and how far they are apart."""
    here = domain(config, job[0], values)
    values, mine = values[here], mine[here].astype(np.float64)
    fine, said = True, []
    for want, tolerance in theirs(config, job, values):
        apart = np.nan_to_num(np.abs(mine - want), nan=np.inf)
        at = np.unravel_index(np.argmax(apart), apart.shape)
        said.append(f"{apart[at]:.1e}")
        if apart[at] > tolerance:
            wrong = (apart > tolerance).any(axis=1).sum()
            fine, pixel = False, at[0]
            said.append(f"({wrong} over, {values[pixel]}: {mine[pixel]} where theirs is {want[pixel]})")
    return fine, " ".join([*said, f"of {len(values)} pixels"])


def transforms(folder):
    """Name, whether it is well, and what is said, of every transform of every built-in config."""
    values = pixels()
    for built_in, *_ in ocio.BuiltinConfigRegistry().getBuiltinConfigs():
        name = f"ocio://{built_in}"
        config = ocio.Config.CreateFromFile(name)
        config.setProcessorCacheFlags(ocio.PROCESSOR_CACHE_OFF)
        all_jobs = list(jobs(config))
        light, complaints = ours(folder, name, all_jobs, values)
        for at, (job, mine) in enumerate(zip(all_jobs, light)):
            title = f"{built_in}: {job[0]} to {job[2] or 'the default view'} on {job[1] or 'the default display'}"
            if str(at) in complaints:
                yield title, False, complaints[str(at)]
            else:
                yield title, *compare(config, job, mine, values)


VERSION_1 = """\
ocio_profile_version: 1
search_path: luts
roles: {default: raw, scene_linear: linear}
displays:
  ACES:
    - !<View> {name: sRGB, colorspace: Output - sRGB}
    - !<View> {name: Rec.709, colorspace: Output - Rec.709}
    - !<View> {name: P3-DCI, colorspace: toned}
    - !<View> {name: Rec.2020 ST2084 1000 nits, colorspace: toned}
    - !<View> {name: Raw, colorspace: raw}
  default:
    - !<View> {name: rec1886, colorspace: toned}
    - !<View> {name: None, colorspace: raw}
  sRGB / REC.709 Reference:
    - !<View> {name: Film, colorspace: toned}
  DCIP3:
    - !<View> {name: Film, colorspace: toned}
  AdobeRGB:
    - !<View> {name: Film, colorspace: toned}
colorspaces:
  - !<ColorSpace> {name: raw, isdata: true}
  - !<ColorSpace> {name: linear}
%s"""

TONED = """\
  - !<ColorSpace>
    name: %s
    from_reference: !<GroupTransform>
      children:
        - !<AllocationTransform> {allocation: lg2, vars: [-10, 6, 0.001]}
        - !<CDLTransform> {slope: [1.1, 1, 0.95], sat: 0.8}
"""

# what the codes of displays are that no transform says, as people know them: power (0 is sRGB's curve),
# and primaries; of PQ, 2084
P3DCI = [*P3D65[:3], (0.314, 0.351)]
ADOBE_RGB = [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290)]
SRGB_CODES = 0, REC709
KNOWN = {
    ("ACES", "Rec.709"): (2.4, REC709),
    ("ACES", "P3-DCI"): (2.6, P3DCI),
    ("ACES", "Rec.2020 ST2084 1000 nits"): (2084, REC2020),
    ("default", "rec1886"): (2.4, REC709),
    ("default", "rec709"): (2.4, REC709),
    ("DCIP3", ""): (2.6, P3DCI),
    ("p3dci", ""): (2.6, P3DCI),
    ("rec709", ""): (2.4, REC709),
    ("Rec709", ""): (2.4, REC709),
    ("AdobeRGB", ""): (2.2, ADOBE_RGB),
    ("DCI-P3 Reference", "Apple iMac P3 (2015)"): (0, P3D65),
    ("sRGB / REC.709 Reference", "Rec 1886 D65 View"): (2.4, REC709),
    ("XYZ", "DCI"): None,
}


def pq_light(codes):
    """cd/m² of SMPTE ST 2084."""
    root = np.clip(codes, 0, 1).astype(np.float64) ** (32 / 2523)
    return 1e4 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)


def pq_code(nits):
    root = (np.clip(nits, 0, 1e4) / 1e4) ** (2610 / 16384)
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** (2523 / 32)


def of_names(config, display, view, values):
    """Light by what people know of a display, Rec.709 in 0..1; None where they do not."""
    shown = ocio.DisplayViewTransform(src="scene_linear", display=display, view=view)
    codes = apply(config.getProcessor(shown), values)
    known = KNOWN.get((display, view), KNOWN.get((display, ""), SRGB_CODES))
    if known is None:
        return None
    power, primaries = known
    codes = np.clip(np.nan_to_num(codes, nan=0), 0, 1).astype(np.float64)
    light = srgb(codes) if power == 0 else pq_light(codes) / 100 if power == 2084 else codes**power
    return black(light @ (XYZ_TO_REC709 @ adapted(primaries, REC709) @ to_xyz(primaries)).T)


def is_told(config, display, view):
    """Whether the config connects what a view ends in to CIE XYZ, or its names are read."""
    name = config.getDisplayViewColorSpaceName(display, view)
    space = config.getColorSpace(display if name.upper() == "<USE_DISPLAY_NAME>" else name)
    if space.isData():
        space = config.getColorSpace(display)
    return space is not None and space.getReferenceSpaceType() == ocio.REFERENCE_SPACE_DISPLAY


def srgb_codes(light):
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def hdr_codes(config, display, view, values):
    """PQ codes of 10 bits that a display of PQ on Rec.2020 has; None for another one."""
    space = config.getColorSpace(display)
    if space is None or "PQ" not in display or "P3" in display or not is_told(config, display, view):
        return None
    shown = ocio.DisplayViewTransform(src="scene_linear", display=display, view=view)
    codes = apply(config.getProcessor(shown), values)
    return 1023 * np.clip(np.nan_to_num(codes, nan=0), 0, 1).astype(np.float64)


def configs(folder):
    """Title and name of each config."""
    for built_in, *_ in ocio.BuiltinConfigRegistry().getBuiltinConfigs():
        yield built_in, f"ocio://{built_in}"
    path = folder / "version_1.ocio"
    spaces = "".join(TONED % name for name in ["toned", "Output - sRGB", "Output - Rec.709"])
    path.write_text(VERSION_1 % spaces)
    yield "version 1", str(path)
    for path in sorted(Path(os.environ.get("PROXYCORE_OCIO_CONFIGS", "/nowhere")).glob("**/*.ocio")):
        yield f"{path.parent.name}/{path.name}", str(path)


def frame():
    """An HDR frame's pixels: greys, natural colours, and saturated ones up to 90."""
    random = np.random.default_rng(2100)
    level = np.exp2(random.uniform(-9, 6.5, (3000, 1)))
    hue = random.uniform(0, 1, (3000, 3)) ** random.choice([0.3, 1, 4], (3000, 1))
    near = np.eye(3)[random.integers(0, 3, 600)] + random.uniform(0, 0.15, (600, 3))
    hue[:600], hue[600:1200] = near, 1.15 - near
    greys = np.repeat(np.exp2(np.linspace(-10, 6, 300))[:, None], 3, axis=1)
    return np.concatenate([level * hue, greys]).astype("<f4")


def displays(folder):
    """As `transforms`, of every display and view to codes."""
    values = frame()
    for title, name in configs(folder):
        config = ocio.Config.CreateFromFile(name)
        config.setProcessorCacheFlags(ocio.PROCESSOR_CACHE_OFF)
        pairs = [(display, view) for display in config.getDisplays() for view in config.getViews(display)]
        asked = ["rec709\texact", "rec709\tfast", "pq\texact"]
        all_jobs = [("scene_linear", *pair, *how.split("\t")) for pair in pairs for how in asked]
        light, _ = ours(folder, name, all_jobs, values)
        for at, (display, view) in enumerate(pairs):
            exact, fast, bright = light[3 * at : 3 * at + 3].astype(np.float64)
            told = is_told(config, display, view)
            job = "scene_linear", display, view
            try:
                want = theirs(config, job, values)[0][0] if told else of_names(config, display, view, values)
            except ocio.Exception:
                want = None
            if want is None:
                continue
            code = np.nan_to_num(np.abs(srgb_codes(exact) - srgb_codes(want)), nan=np.inf).max()
            delta = np.nan_to_num(delta_e_2000(lab(exact), lab(fast)), nan=np.inf).max()
            fine, said = code <= CODE and delta < DELTA, f"{code:.2f} codes, fast dE2000 {delta:.2f}"
            own = hdr_codes(config, display, view, values)
            if own is not None:
                apart = np.abs(1023 * pq_code(1e4 * bright) - own).max()
                fine, said = fine and apart <= CODE, f"{said}, {apart:.2f} codes of PQ"
            yield f"{title}: {view} on {display}", fine, said


RULES = """\
ocio_profile_version: 2
roles: {default: raw, scene_linear: light}
file_rules:
  - !<Rule> {name: Plates, pattern: "*plate*", extension: "[tT][iI][fF]", colorspace: film}
  - !<Rule> {name: Shots, regex: ".*/sh[0-9]{3}_.*\\\\.tif", colorspace: shot}
  - !<Rule> {name: ColorSpaceNamePathSearch}
  - !<Rule> {name: Default, colorspace: raw}
displays:
  one:
    - !<View> {name: raw, colorspace: raw}
colorspaces:
  - !<ColorSpace> {name: raw, isdata: true}
  - !<ColorSpace> {name: light}
  - !<ColorSpace> {name: film}
  - !<ColorSpace> {name: shot}
"""

FILES = ["plate.tif", "a_plate_b.TIF", "Plate.tif", "sh010_comp.tif", "sh01_comp.tif", "x_film_y.tif", "y_light.tif"]


def rules(folder):
    """As `transforms`, of the file rules of a config; files that only the default rule knows get none."""
    path = folder / "config.ocio"
    path.write_text(RULES)
    config = ocio.Config.CreateFromFile(str(path))
    for file in FILES:
        frame = folder / file
        oiio.ImageBuf(oiio.ImageSpec(4, 4, 3, "uint8")).write(str(frame))
        told = info(frame, "--ocio", path)
        mine = told["colorspace"] if told["colorspace_rule"] == "file_rule" else None
        space, rule = config.getColorSpaceFromFilepath(str(frame))
        want = space if rule + 1 < config.getFileRules().getNumEntries() else None
        yield f"file rules: {file}", mine == want, f"{mine} where theirs is {want}"


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name, fine, said in itertools.chain(transforms(folder), displays(folder), rules(folder)):
            print(f"{'ok   ' if fine else 'FAIL '} {name}: {said}", flush=True)
            passed, failed = passed + bool(fine), failed + (not fine)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
