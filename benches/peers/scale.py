"""What frames cost by the million, and how it grows: scale.py OURS DIR store|grow [--report].

`store` makes 1,000 4K frames from an S3 server, SeaweedFS on this machine, and back into it. `grow` makes
frames of 1K to 16K, of 20 channels and of ten parts. OURS is the command line, as `cargo build --release`
makes it; DIR keeps the frames, 4 GB with those of `grow`, for the next run. `--report` writes the tables
into docs/scale.md. CPU seconds are ours alone: the server is another process, as it is in a studio.
"""

import argparse
import os
import sys
import tempfile
import urllib.request
from itertools import product
from pathlib import Path
from statistics import median

import boto3

from frames import UHD, Scene, write
from measure import Cost, cost
from report import between

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "proxycore-py/tests"))
import servers

PAGE = ROOT / "docs/scale.md"
SCENES, COPIES, PASSES, ROUNDS = 10, 10, 10, 3
MILLION = 1_000_000
WIDTHS = [1024, 2048, 4096, 8192]
WIDEST = 16384
KINDS = {"R, G, B, A": {}, "20 channels": {"channels": 20}, "10 parts": {"parts": 10}}


def store(ours, frames):
    """A table of what a million frames cost, by 100 objects, made ten times into new places."""
    port = servers.free_ports(5)[-1]  # the server takes the first four
    counted = f"-metricsPort={port}", "-metricsIp=127.0.0.1"
    with tempfile.TemporaryDirectory(dir=frames) as folder, servers.seaweed(folder, *counted) as url:
        size = fill(url, frames)
        before, costs = traffic(port), []
        for number in range(PASSES):
            costs.append(once(ours, url, folder, number))
            print(costs[-1], flush=True)
        moved = [after - count for after, count in zip(traffic(port), before)]
    return million(costs, moved, size)


def fill(url, frames):
    """Puts frames into the bucket, each of ten under ten keys; returns the bytes of one."""
    keys = {"aws_access_key_id": servers.ACCESS_KEY, "aws_secret_access_key": servers.SECRET_KEY}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    sizes = []
    for seed in range(SCENES):
        frame = kept(frames / f"seed{seed}.exr", seed, UHD)
        sizes.append(frame.stat().st_size)
        first, *others = (f"in/s{seed}c{copy}.exr" for copy in range(COPIES))
        client.upload_file(str(frame), servers.BUCKET, first)
        for key in others:
            client.copy_object(Bucket=servers.BUCKET, Key=key, CopySource=f"{servers.BUCKET}/{first}")
    return sum(sizes) / len(sizes)


def kept(path, seed, size, **options):
    """A frame that a run before this one has left, or a new one."""
    if not path.exists():
        unfinished = path.with_name(f"unfinished {path.name}")
        write(unfinished, Scene(seed), size, "zip", **options)
        unfinished.rename(path)
    return path


def once(ours, url, folder, number):
    """The cost of making all frames, with rows and events, as one process that works on two at a time."""
    keys = {"AWS_ACCESS_KEY_ID": servers.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY}
    source, out = f"s3://{servers.BUCKET}/in/", f"s3://{servers.BUCKET}/out/{number}/"
    sinks = f"--db sqlite:{folder}/rows.db --events jsonl:{folder}/events.jsonl"
    command = f"{ours} make {source} --each --jobs 2 --endpoint {url} {sinks} --out {out}"
    return cost(command, env={**os.environ, **keys})


def traffic(port):
    """What went out of the server, what came in, and the requests, as it counts them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        counted = page.read().decode().splitlines()
    names = "bucket_traffic_sent_bytes", "bucket_traffic_received_bytes", "request"
    starts = (f"SeaweedFS_s3_{name}_total{{" for name in names)
    return [sum(float(line.split()[-1]) for line in counted if line.startswith(start)) for start in starts]


def million(costs, moved, size):
    frames = SCENES * COPIES
    made = frames * len(costs)
    cpu = [each.cpu / frames for each in costs]
    read, written, requests = (count / made for count in moved)
    seconds = median(cpu) * MILLION
    rows = {
        "measured on": f"{made} frames",
        "CPU hours": f"{seconds / 3600:.0f}",
        "cores that make them in a day": f"{seconds / 86400:.1f}",
        "CPU seconds a frame, least and most of the passes": f"{min(cpu):.3f}, {max(cpu):.3f}",
        "peak memory of the process, two frames at a time": f"{max(each.mib for each in costs):.0f} MiB",
        "bytes of the frames": f"{size * MILLION / 1e12:.1f} TB",
        "bytes read": f"{read * MILLION / 1e12:.1f} TB",
        "bytes written": f"{written * MILLION / 1e9:.0f} GB",
        "requests": f"{requests:.1f} million",
    }
    return lines(["a million frames of 4096x2160", ""], rows.items())


def grow(ours, frames):
    """A table of CPU and memory by width and kind."""
    rows = []
    # the widest with more channels or parts are gigabytes, and tell nothing new
    for width, kind in [*product(WIDTHS, KINDS), (WIDEST, "R, G, B, A")]:
        size = width, width * 135 // 256
        frame = kept(frames / f"{width} {kind.replace(', ', '')}.exr", 1, size, **KINDS[kind])
        both, thumb = (spent(ours, frame, renditions) for renditions in ("thumb,proxy", "thumb"))
        rows.append([f"{width}", kind, f"{frame.stat().st_size / 1e6:.0f}", f"{both.cpu:.2f}"])
        rows[-1] += [f"{1e9 * both.cpu / (size[0] * size[1]):.0f}", f"{both.mib:.0f}"]
        rows[-1] += [f"{thumb.cpu:.2f}", f"{thumb.mib:.0f}"]
        print(rows[-1], flush=True)
    both = ["CPU s", "CPU ns a pixel", "peak MiB"]
    return lines(["width", "frame", "MB", *both, "thumbnail alone: CPU s", "peak MiB"], rows)


def spent(ours, frame, renditions):
    costs = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as out:
            costs.append(cost(f"{ours} make '{frame}' --renditions {renditions} --out {out}"))
    return Cost(*map(median, zip(*costs)))


def lines(head, rows):
    table = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("dir", type=Path)
    parser.add_argument("what", choices=["store", "grow"])
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    args.dir.mkdir(parents=True, exist_ok=True)
    table = {"store": store, "grow": grow}[args.what](args.ours, args.dir)
    print(table)
    if args.report:
        between(PAGE, args.what, table)


if __name__ == "__main__":
    main()
