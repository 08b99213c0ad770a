#!/usr/bin/env python3
"""Measures what the command line costs to build, crate by crate, and writes docs/build-times.md.

    benches/build_times.py            builds twice in empty folders: default features, then `full`
    benches/build_times.py --check    builds the default alone, and fails over its bars

Crates are fetched before the clock starts. The seconds of a crate are its share of the build's CPU
seconds (user and system), by `cargo build --timings`. Idle cores give the truest wall time.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/build-times.md"
PACKAGE = "proxycore-cli"
SHOWN = 1.5  # seconds from which a crate has a line of its own
WALL, CPU = 180, 330  # seconds that a first build may take on two idle cores

Build = collections.namedtuple("Build", "wall cpu crates size")


def cargo(*arguments, **options):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, **options)


def build(features):
    """Builds in an empty folder, and gives the seconds of each crate."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CARGO_TARGET_DIR": folder}
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        arguments = ["--release", "--locked", "--timings", "-p", PACKAGE, "--features", features]
        cargo("build", *arguments, env=environment)
        wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        (page,) = pathlib.Path(folder, "cargo-timings").glob("cargo-timing-2*.html")
        size = pathlib.Path(folder, "release/proxycore").stat().st_size
        return Build(wall, cpu, shares(page.read_text(), cpu), size)


def shares(page, cpu):
    """The CPU seconds of each crate: its share of the time that all of them took."""
    units = json.loads(re.search(r"UNIT_DATA = (\[.*?\]);\n", page, re.DOTALL).group(1))
    seconds = collections.Counter()
    for unit in units:
        seconds[unit["name"]] += unit["duration"]
    whole = sum(seconds.values())
    return {name: cpu * part / whole for name, part in seconds.items()}


def crates(*features):
    """The names of the crates that a set of features brings."""
    arguments = ["tree", "--locked", "-p", PACKAGE, "--no-default-features", "-e", "normal,build"]
    tree = cargo(
        *arguments, "--prefix", "none", "--features", ",".join(features), stdout=subprocess.PIPE
    )
    return {line.split()[0].decode() for line in tree.stdout.splitlines() if line.strip()}


def features():
    """What `default` and `full` stand for."""
    described = cargo("metadata", "--no-deps", "--format-version", "1", stdout=subprocess.PIPE)
    packages = json.loads(described.stdout)["packages"]
    named = next(each for each in packages if each["name"] == PACKAGE)["features"]
    return named["default"], named["full"]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def by_crate(made):
    """The crates of a build, the slowest first."""
    ranked = sorted(made.crates.items(), key=lambda each: -each[1])
    slow = [(f"`{name}`", f"{seconds:.1f}") for name, seconds in ranked if seconds >= SHOWN]
    rest = [seconds for _, seconds in ranked if seconds < SHOWN]
    return table(["crate", "CPU s"], [*slow, (f"{len(rest)} others", f"{sum(rest):.1f}")])


def by_feature(full, default, wanted):
    """What each feature adds to a build without it."""
    rows, base = [], crates()
    for feature in wanted:
        added = crates(feature) - base
        seconds = sum(full.crates.get(name, 0.0) for name in added)
        name = f"`{feature}`" + (" (default)" if feature in default else "")
        rows.append((name, str(len(added)), f"{seconds:.0f}"))
    return table(["feature", "crates", "CPU s"], rows)


def page(made, full, default, wanted):
    def line(name, each):
        sizes = f"{each.size / 1e6:.1f}"
        return name, str(len(each.crates)), f"{each.cpu:.0f}", f"{each.wall:.0f}", sizes

    whole = table(
        ["build", "crates", "CPU s", "wall s", "MB"],
        [line("default features", made), line("`--features full`", full)],
    )
    return f"""# What it costs to build

Made by `benches/build_times.py`: release builds of the command line in an empty target folder, with \
{os.cpu_count()} cores, crates fetched before. Seconds of a crate are its share of the build's CPU \
seconds.

{whole}

## What a feature adds

Crates that a build without any feature does not have. Features share crates: `kafka`, `postgres`, \
`webhook` and the object stores have TLS and an async runtime in common.

{by_feature(full, default, wanted)}

## The default build, crate by crate

{by_crate(made)}
"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    cargo("fetch", "--locked")
    default, wanted = features()
    made = build("default")
    print(f"default: {made.cpu:.0f} CPU s, {made.wall:.0f} s, {len(made.crates)} crates")
    if args.check:
        print(by_crate(made))
        sys.exit(made.cpu > CPU or made.wall > WALL)
    PAGE.write_text(page(made, build("full"), default, wanted))
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
