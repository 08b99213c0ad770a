"""Results of a race as a table and a plot in benches/README.md."""

import os
import platform
from pathlib import Path

BENCHES = Path(__file__).resolve().parents[1]
COLORS = ["#c8501e", "#5b7f95", "#a9b4ba"]
LEFT, WIDTH, BAR = 170, 640, 14


def write(results, rounds):
    """Puts the table between the README's markers, and the plot beside it."""
    said = f"{os.cpu_count()} shared cores ({_processor()}), {platform.system()}; medians of {rounds} rounds.\n\n"
    between(BENCHES / "README.md", "race", said + table(results))
    (BENCHES / "race.svg").write_text(plot(results))


def between(page, name, text):
    """Replaces what stands between the markers of that name in a page."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, rest = page.read_text().split(start)
    page.write_text(before + start + text.rstrip("\n") + "\n" + end + rest.split(end)[1])


def table(results):
    lines = ["| job | by | CPU s | times ours | wall s | peak MiB |", "|---|---|---|---|---|---|"]
    for job, rows in results.items():
        for who, row in rows.items():
            cells = [job, who, f"{row['cpu']:.2f}", f"{row['ratio']:.1f}", f"{row['wall']:.2f}", f"{row['mib']:.0f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def plot(results):
    """Bars of CPU seconds. The longest of a job fills the width: jobs differ by tens of times."""
    drawn, y = [], 10
    for job, rows in results.items():
        drawn.append(_text(0, y + 11, job.replace(", ", ",\n"), anchor="start"))
        longest = max(row["cpu"] for row in rows.values())
        for color, (who, row) in zip(COLORS, rows.items()):
            length = max(1, (WIDTH - LEFT - 240) * row["cpu"] / longest)
            drawn.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{color}"/>')
            drawn.append(_text(LEFT + length + 6, y + 10, f"{who} {row['cpu']:.2f} s", anchor="start"))
            y += BAR
        y += max(0, 2 - len(rows)) * BAR + 12
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="11">'
    paper = f'<rect width="{WIDTH}" height="{y}" fill="white"/>'
    return "\n".join([head, "<title>CPU seconds of each job</title>", paper, *drawn, "</svg>"]) + "\n"


def _text(x, y, lines, anchor):
    spans = (f'<tspan x="{x:.0f}" dy="{13 if count else 0}">{line}</tspan>' for count, line in enumerate(lines.split("\n")))
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#222">{"".join(spans)}</text>'


def _processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()
