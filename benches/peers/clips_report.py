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
    printed = [f"{clip:<38}{'bytes':>10}{'PSNR-Y':>8}{'VMAF':>7}{'dE':>7}{'bias':>7}{'CPU s':>7}{'MiB':>6}"]
    for name, points in rows.items():
        for strength, one in points.items():
            printed.append(
                f"{name + ' ' + str(strength):<38}{one['bytes']:>10}{one['psnr']:>8.2f}{one['vmaf']:>7.2f}"
                f"{one['delta']:>7.3f}{one['bias']:>7.3f}{one['cpu']:>7.2f}{one['mib']:>6.0f}"
            )
        times = anchored(rows, points)
        printed.append(f"{name:<38}{'at equal PSNR-Y: ' + (f'{times:.3f}' if times else '-'):>30}")
    return "\n".join(printed) + "\n"


def write(results):
    """Puts the table between the README's markers, and the plot beside the other pictures of the docs."""
    between(BENCHES / "README.md", "clips", table(results))
    (BENCHES.parent / "docs/images/encoders.svg").write_text(plot(results))


def table(results):
    """A row for each clip and encoder: its bytes at the anchor's PSNR, and the point that is nearest to it."""
    head = ["clip", "encoder", "bytes, times", "at", "bytes", "PSNR-Y", "VMAF", "dE2000", "bias", "CPU s", "peak MiB"]
    rows = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for clip, encoders in results.items():
        psnr = encoders[ANCHOR[0]][ANCHOR[1]]["psnr"]
        for name, points in encoders.items():
            strength, one = min(points.items(), key=lambda point: abs(point[1]["psnr"] - psnr))
            times = anchored(encoders, points)
            cells = [clip, name, f"{times:.2f}" if times else "", str(strength), f"{one['bytes']:,}"]
            cells += [f"{one['psnr']:.2f}", f"{one['vmaf']:.1f}", f"{one['delta']:.2f}", f"{one['bias']:.2f}"]
            cells += [f"{one['cpu']:.2f}", f"{one['mib']:.0f}"]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


PANEL, GAP, ACROSS = (230, 150), 40, 3


def plot(results):
    """Bytes against PSNR-Y, a panel for each clip and a line for each encoder."""
    clips = [(clip, rows) for clip, rows in results.items() if len(rows)]
    names = list(next(iter(results.values())))
    drawn = []
    for number, (clip, rows) in enumerate(clips):
        left = GAP + (number % ACROSS) * (PANEL[0] + GAP)
        drawn += _panel(clip, rows, left, GAP + number // ACROSS * (PANEL[1] + GAP))
    width = GAP + ACROSS * (PANEL[0] + GAP)
    below = GAP + math.ceil(len(clips) / ACROSS) * (PANEL[1] + GAP)
    for number, (color, name) in enumerate(zip(COLORS, names)):
        x, y = GAP + number % 3 * 270, below + 18 * (number // 3)
        drawn.append(f'<rect x="{x}" y="{y - 9}" width="14" height="9" fill="{color}"/>')
        drawn.append(f'<text x="{x + 20}" y="{y}">{name}</text>')
    size = f'viewBox="0 0 {width} {below + 40}" font-family="sans-serif" font-size="11" fill="#222"'
    paper = f'<rect width="{width}" height="{below + 40}" fill="white"/>'
    title = "<title>Bytes of 24 frames against PSNR of luma, by encoder</title>"
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', title, paper, *drawn, "</svg>"]) + "\n"


def _panel(clip, rows, left, top):
    points = [one for each in rows.values() for one in each.values()]
    sizes, decibels = [math.log(one["bytes"]) for one in points], [one["psnr"] for one in points]

    def place(one):
        x = (math.log(one["bytes"]) - min(sizes)) / (max(sizes) - min(sizes))
        y = (one["psnr"] - min(decibels)) / (max(decibels) - min(decibels))
        return f"{left + x * PANEL[0]:.0f},{top + (1 - y) * PANEL[1]:.0f}"

    low, high = (f"{math.exp(end(sizes)) / 1000:,.0f} kB" for end in (min, max))
    frame = f'<rect x="{left}" y="{top}" width="{PANEL[0]}" height="{PANEL[1]}" fill="none" stroke="#ccc"/>'
    drawn = [frame, f'<text x="{left}" y="{top - 6}" font-weight="bold">{clip}</text>']
    drawn.append(f'<text x="{left}" y="{top + PANEL[1] + 13}">{low}</text>')
    drawn.append(f'<text x="{left + PANEL[0]}" y="{top + PANEL[1] + 13}" text-anchor="end">{high}</text>')
    for y, end in ((top + 11, max), (top + PANEL[1] - 4, min)):
        drawn.append(f'<text x="{left + 4}" y="{y}">{end(decibels):.1f} dB</text>')
    for color, each in zip(COLORS, rows.values()):
        line = " ".join(place(one) for one in sorted(each.values(), key=lambda one: one["bytes"]))
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.6"/>')
    return drawn
