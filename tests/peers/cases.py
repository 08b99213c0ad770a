"""Previews of files that people reported of other readers, against what their peers show.

    cargo build -p proxycore-cli
    python tests/peers/cases.py [--table BINARY]

The files are in $PROXYCORE_CASES, or ../shared/cases beside the checkout. OpenEXR and Radiance are read
as lin_rec709_scene, the rest as srgb_rec709_display; the peer is OpenImageIO, and ffmpeg ($FFMPEG, 9 or
newer) for DPX. With --table the file's name, what BINARY (an older build) makes of it, what this one
does, and the peer are printed as a table.

Prints a line a case and closes with `N passed, M failed`; exits 1 where one failed.
"""

import os
import sys
import tempfile
from pathlib import Path

try:
    import imageio_ffmpeg
    import numpy as np
    import OpenImageIO as oiio

    from common import ROOT, TARGET, run
    from common.light import delta_e_2000, lab, srgb_code, srgb_light
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

CASES = Path(os.environ.get("PROXYCORE_CASES", ROOT.parent / "shared" / "cases")) / "frames"
FFMPEG = os.environ.get("FFMPEG") or imageio_ffmpeg.get_ffmpeg_exe()

# codes of 8 bits that a preview's JPEG may differ by, in 99 of 100 samples
CODES = 4.0
# dE2000 of two thumbnails, in 99 of 100 pixels
THUMBNAILS = 1.0

# the file, the part, and the channels that are R, G, B there; 0 is black
OPENIMAGEIO = [
    ("02a_parts_albedo_then_beauty.exr", 1, ["R", "G", "B"]),
    ("02b_parts_normals_then_rgba.exr", 1, ["R", "G", "B"]),
    ("03_unsorted_chlist.exr", 0, ["R", "G", "B"]),
    ("04a_upper.exr", 0, ["RED", "GREEN", "BLUE"]),
    ("04b_mixed.exr", 0, ["R", "g", "B"]),
    ("04c_LeRGB.exr", 0, ["LeR", "LeG", "LeB"]),
    ("05_utf8.exr", 0, ["ビューティ.R", "ビューティ.G", "ビューティ.B"]),
    ("06a_tiledimage.exr", 0, ["R", "G", "B"]),
    ("06b_deepscanline.exr", 0, ["R", "G", "B"]),
    ("07_long_attribute_noflag.exr", 0, ["R", "G", "B"]),
    ("10a_no_eoi.jpg", 0, ["R", "G", "B"]),
    ("10c_no_iend.png", 0, ["R", "G", "B"]),
    ("11a_color.exr", 0, ["color.r", "color.g", "color.b"]),
    ("12a_xyz.exr", 0, ["x", "y", "z"]),
    ("12c_RG.exr", 0, ["R", "G", 0]),
    ("13_truecolour_with_map.tga", 0, ["R", "G", "B"]),
    ("14a_other_program.hdr", 0, ["R", "G", "B"]),
]
DPX = ["08a_scanity_y10.dpx", "08d_lasergraphics_rgba10.dpx", "09a_element_offset_8192.dpx"]
OPTIONS = {"05_utf8.exr": ["--layer", "ビューティ"]}


def openimageio(name, part, channels):
    """What OpenImageIO reads, as codes of 0..=1."""
    file = oiio.ImageInput.open(str(CASES / name))
    file.seek_subimage(part, 0)
    spec = file.spec()
    pixels = file.read_image(part, 0, 0, spec.nchannels, "float").reshape(spec.height, spec.width, -1)
    black = np.zeros(pixels.shape[:2])
    at = list(spec.channelnames).index
    planes = [pixels[..., at(channel)] if channel else black for channel in channels]
    pixels = np.stack(planes, -1)
    if channels == ["x", "y", "z"]:
        return 0.5 + 0.5 * pixels
    return srgb_code(pixels) if name.endswith((".exr", ".hdr")) else pixels


def ffmpeg(name):
    """What ffmpeg reads, as codes of 0..=1."""
    stored = np.frombuffer((CASES / name).read_bytes()[772:780], ">u4")
    raw, _ = run([FFMPEG, "-v", "error", "-i", CASES / name, "-f", "rawvideo", "-pix_fmt", "rgb48le", "-"])
    return np.frombuffer(raw, "<u2").reshape(stored[1], stored[0], 3) / 65535.0


def made(binary, name, rendition, folder):
    """A rendition of ours as codes of 0..=1, and what was said of it."""
    space = "lin_rec709_scene" if name.endswith((".exr", ".hdr")) else "srgb_rec709_display"
    options = ["--input-space", space, "--renditions", rendition, "--out", folder, "--force"]
    _, said = run([binary, "make", *options, *OPTIONS.get(name, []), CASES / name])
    still = oiio.ImageInput.open(str(Path(folder) / f"{Path(name).stem}_{rendition}.jpg"))
    spec = still.spec()
    return still.read_image(0, 0, 0, 3, "float").reshape(spec.height, spec.width, 3), said


def checks(binary, folder):
    """A name, what was found, what is allowed, its unit, and the peer."""
    for name, part, channels in OPENIMAGEIO:
        yield name, lambda: apart(openimageio(name, part, channels), made(binary, name, "preview", folder)[0]), CODES, "codes", "OpenImageIO"
    for name in DPX:
        yield name, lambda: apart(ffmpeg(name), made(binary, name, "preview", folder)[0]), CODES, "codes", "ffmpeg"
    yield "01_dwa_eighth", lambda: thumbnails(binary, folder), THUMBNAILS, "dE2000", "its ZIP"


def apart(theirs, ours):
    return float(np.percentile(np.abs(theirs - ours), 99) * 255)


def thumbnails(binary, folder):
    """How far the thumbnail of a DWA frame is from that of the same frame as ZIP."""
    pair = [made(binary, f"01_dwa_eighth_{kind}.exr", "thumb", folder)[0] for kind in ("dwaa", "zip")]
    rows = round(256 * 1716 / 4096)
    pair = [lab(srgb_light(one[(256 - rows) // 2 :][:rows])) for one in pair]
    return float(np.percentile(delta_e_2000(*pair), 99))


def measured(check):
    """The number, or the complaint in a few words."""
    try:
        return check()
    except RuntimeError as error:
        return str(error).splitlines()[-1].split(".exr: ")[-1][:90]
    except (ValueError, TypeError, AttributeError) as error:
        return f"another picture: {error}"[:90]


def said(found, unit):
    return f"{found:.2f} {unit}" if isinstance(found, float) else found


def main():
    if not CASES.is_dir():
        print(f"skipped: no {CASES}")
        return 0
    older = sys.argv[2] if sys.argv[1:2] == ["--table"] else None
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        before = {name: said(measured(check), unit) for name, check, _, unit, _ in checks(older, folder)} if older else {}
        for name, check, most, unit, peer in checks(TARGET / "proxycore", folder):
            found = measured(check)
            ok = isinstance(found, float) and found <= most
            passed, failed = passed + ok, failed + (not ok)
            if older:
                print(f"| `{name}` | {before[name]} | {said(found, unit)} | {peer} |")
            else:
                print(f"{'ok' if ok else 'FAILED'} {name}: {said(found, unit)} from {peer}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
