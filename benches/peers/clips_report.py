"""Results of clips.py as lines, as a table and as a plot in benches/README.md."""

import math

from report import BENCHES, between

ANCHOR = ("x264 fast", 23)
COLORS = ["#5b7f95", "#9fb3bf", "#b9a04a", "#c8501e", "#d99a7d", "#7d6b91"]


def at_equal(points, psnr):
    """Bytes at a PSNR, between the points of an encoder and a little beyond them, by the logarithm of the bytes."""
    points = sorted((each["psnr"], math.log(each["bytes"])) for each in points)
    if not points[0][0] - 0.7 <= psnr <= points[-1][0] + 0.7:
        return None
    pairs = list(zip(points, points[1:]))
    (low, few), (high, many) = next((pair for pair in pairs if psnr <= pair[1][0]), pairs[-1])
    return math.exp(few + (many - few) * (psnr - low) / (high - low))


def anchored(rows, points):
    """Bytes at the anchor's PSNR, as times the anchor's."""
    anchor = rows[ANCHOR[0]][ANCHOR[1]]
    found = at_equal(points.values(), anchor["psnr"])
    return found and found / anchor["bytes"]


def lines(clip, rows):
    """All that was measured of a clip."""
    said = [f"{clip:<38}{'bytes':>10}{'PSNR-Y':>8}{'VMAF':>7}{'dE':>7}{'bias':>7}{'CPU s':>7}{'MiB':>6}"]
    for name, points in rows.items():
        for strength, one in points.items():
            said.append(
                f"{name + ' ' + str(strength):<38}{one['bytes']:>10}{one['psnr']:>8.2f}{one['vmaf']:>7.2f}"
                f"{one['delta']:>7.3f}{one['bias']:>7.3f}{one['cpu']:>7.2f}{one['mib']:>6.0f}"
            )
        times = anchored(rows, points)
        said.append(f"{name:<38}{'at equal PSNR-Y: ' + (f'{times:.3f}' if times else '-'):>30}")
    return "\n".join(said) + "\n"
