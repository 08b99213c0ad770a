"""Races our command against others on the same frames: race.py FRAMES OURS [--report].

FRAMES is a folder that `frames.py` filled, OURS the command line, as `cargo build --release` makes it.
Commands run in turn, A B C A B C, and each is held against the run of ours in its own round, so that a
busy machine slows all of them. `FFMPEG` names an ffmpeg with libx264 and zscale, else the one that is installed
is taken. `--report` writes the tables and the plot of benches/README.md.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import report
from measure import FFMPEG, Cost, cost

OIIOTOOL = f"{Path(sys.executable).with_name('oiiotool')} --threads 2"
X264 = "-c:v libx264 -preset fast -crf 23 -pix_fmt yuv420p"
LINEAR = "min=gbr:tin=linear:pin=709:rin=full"
# scaled in linear light, then BT.709 for the movie and sRGB for the thumbnail
MOVIE = f"zscale=w=1920:h=1012:f=lanczos:{LINEAR}:t=709:m=709:p=709:r=limited,format=yuv420p"
THUMBNAIL_FILTER = f"zscale=w=256:h=136:f=bilinear:{LINEAR}:t=iec61966-2-1:m=470bg:p=709:r=full,format=yuvj444p"
OURS = "proxycore"

STILL = {
    # decodes once, makes both
    "ffmpeg": (
        f"{FFMPEG} -v error -y -i {{src}} -filter_complex '[0:v]split[a][b];[a]{MOVIE}[p];[b]{THUMBNAIL_FILTER}[t]'"
        f" -map '[p]' {X264} {{out}}/p.mp4 -map '[t]' -q:v 3 {{out}}/t.jpg"
    ),
    "oiiotool, then ffmpeg": (
        f"{OIIOTOOL} {{src}} --ch R,G,B --dup --colorconvert lin_rec709 sRGB --fit:filter=triangle 256x256"
        f" --compression jpeg:85 -o {{out}}/t.jpg --pop"
        " --colorconvert lin_rec709 g24_rec709 --fit:filter=lanczos3 1920x1080 -o {out}/p.png"
        f" && {FFMPEG} -v error -y -i {{out}}/p.png {X264} {{out}}/p.mp4"
    ),
}
THUMBNAIL = {
    "vipsthumbnail": "vipsthumbnail {src} -s 256x256 -o {out}/t.jpg",
}
SHOT = {
    "ffmpeg": (
        f"{FFMPEG} -v error -y -framerate 24 -start_number 1001 -i {{src}}/shot.%04d.exr -vf '{MOVIE}' {X264} {{out}}/p.mp4"
    ),
}


def races(frames, ours):
    """Name, source and commands of each race."""
    both = {OURS: f"{ours} make {{src}} --out {{out}}", **STILL}
    for compression in ["none", "zip", "piz", "dwaa"]:
        yield f"{compression.upper()}, thumbnail and proxy", frames / f"{compression}.exr", both
    thumbnail = {OURS: f"{ours} make {{src}} --renditions thumb --out {{out}}", **THUMBNAIL}
    yield "ZIP, thumbnail alone", frames / "zip.exr", thumbnail
    movie = {OURS: f"{ours} make '{{src}}/shot.####.exr' --renditions proxy --out {{out}}", **SHOT}
    yield "24 frames of 2K, one movie", frames / "shot", movie


def race(source, commands, rounds):
    """The costs of each command, a round each, after one round that warms the caches."""
    costs = {who: [] for who in commands}
    for count in range(rounds + 1):
        for who, command in commands.items():
            out = tempfile.mkdtemp()
            spent = cost(command.replace("{src}", str(source)).replace("{out}", out))
            shutil.rmtree(out)
            if count:
                costs[who].append(spent)
    return costs


def row(samples, ours):
    """Medians, and the medians of the CPU's ratios to ours, round by round."""
    medians = Cost(*(statistics.median(each) for each in zip(*samples)))
    ratio = statistics.median(each.cpu / own.cpu for each, own in zip(samples, ours))
    return {**medians._asdict(), "ratio": ratio}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frames", type=Path)
    parser.add_argument("ours")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    results = {}
    for name, source, commands in races(args.frames, args.ours):
        costs = race(source, commands, args.rounds)
        results[name] = {who: row(samples, costs[OURS]) for who, samples in costs.items()}
        print(report.table({name: results[name]}), flush=True)
    if args.report:
        report.write(results, args.rounds)


if __name__ == "__main__":
    main()
