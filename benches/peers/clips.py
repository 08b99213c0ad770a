"""Holds encoders of H.264 against each other on the same codes: clips.py FOLDER MOVIES [--frames DIR] [--report].

MOVIES is the example `movies` of the benches, FOLDER where codes and results are kept: what stands there is not
measured again. Clips are those of `pictures.py`, and the EXR frames of DIR as our pipeline makes them.
Each encoder has one thread and one closed group of 24 frames. `FFMPEG` names an ffmpeg with libx264 and libvmaf.
`--report` writes the table and the plot of benches/README.md.

    cargo build --release -p proxycore-benches --features openh264 --example movies
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import clips_report
import pictures
from measure import FFMPEG, cost
from quality import quality, raw

SEED = 3
# options of rusty_h264 that are measured beside those of the product
ANCHORS = "sub-pel=true,sub-pel-walk=false,refs=2,weights=false"
VARIANTS = {"without B-frames": ANCHORS, "Fast, as it comes": ""}
QUANTISERS = [21, 24, 26, 29]
RATES = [18, 20, 23, 26]


def encoders(movies, variants):
    """Names, strengths and commands, with {codes}, {size} and {out}."""
    for preset in ["fast", "medium"]:
        for crf in RATES:
            reader = " ".join(map(str, raw("{codes}", "{size}")))
            x264 = f"-threads 1 -c:v libx264 -preset {preset} -crf {crf} -x264-params threads=1"
            yield f"x264 {preset}", crf, f"{FFMPEG} -v error -y {reader} {x264} {{out}}.mp4", ".mp4"
    for name, encoder in [("rusty_h264", "rusty-h264"), ("OpenH264", "openh264")]:
        for strength in [*RATES, 30]:
            yield name, strength, f"{movies} encode {encoder} {strength} {{codes}} {{size}} {{out}}.mp4", ".mp4"
    for name, options in variants.items():
        for strength in QUANTISERS:
            tuned = ",".join(filter(None, [options, f"qp={strength}"]))
            yield name, strength, f"{movies} tune {tuned} {{codes}} {{size}} {{out}}.h264", ".h264"


def clips(folder, movies, frames):
    """Names, codes and sizes, which are made where they are not there yet."""
    if frames:
        codes, size = folder / "race.yuv", folder / "race.size"
        if not size.is_file():
            command = [movies, "codes", codes, *sorted(frames.glob("*.exr"))]
            size.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
        yield "race", codes, size.read_text().strip()
    for name, clip in pictures.CLIPS.items():
        codes = folder / f"{name}.yuv"
        if not codes.is_file():
            pictures.write(codes, clip(SEED))
        yield name, codes, "{}x{}".format(*pictures.SIZE)


def measured(command, codes, size, ending):
    with tempfile.TemporaryDirectory() as folder:
        spent = cost(command.format(codes=codes, size=size, out=f"{folder}/movie"))
        movie = Path(folder) / f"movie{ending}"
        near = quality(FFMPEG, movie, codes, size)
        return {"bytes": movie.stat().st_size, **near._asdict(), "cpu": spent.cpu, "mib": spent.mib}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("movies", type=Path)
    parser.add_argument("--frames", type=Path)
    parser.add_argument("--only", help="clips, by commas")
    parser.add_argument("--try", dest="tried", action="append", default=[], help="NAME:OPTIONS of the example's `tune`")
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    variants = {**VARIANTS, **dict(each.split(":", 1) for each in args.tried)}
    kept = args.folder / "results.json"
    known = json.loads(kept.read_text()) if kept.is_file() else {}
    results = {}
    for clip, codes, size in clips(args.folder, args.movies.resolve(), args.frames):
        if args.only and clip not in args.only.split(","):
            continue
        rows = results[clip] = {}
        for name, strength, command, ending in encoders(args.movies.resolve(), variants):
            key = f"{clip}: {command}"
            if key not in known:
                known[key] = measured(command, codes, size, ending)
                kept.write_text(json.dumps(known, indent=1))
            rows.setdefault(name, {})[strength] = known[key]
        print(clips_report.lines(clip, rows), flush=True)
    if args.report:
        clips_report.write(results)


if __name__ == "__main__":
    main()
