"""Makes the thumbnails and proxies of all frames that lie in a bucket or a folder already.

Daft lists the place and deals its frames out, proxycore does the rest on every worker. What is up to
date is found so by the pipeline's own check, from what a store tells of its objects, and not decoded
again; so a run that was broken off is simply started again.

On a laptop this uses all cores. On a cluster of Ray's it is the same file with `DAFT_RUNNER=ray` and
`RAY_ADDRESS=...`; there the workers need the wheel, the way to the store in their environment (`AWS_*`),
and rows in a place that all can reach (`postgresql://...`).
"""

import argparse
import contextlib
import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, TextIO, Union

# a render farm tells nobody what it does, unless it is asked to
os.environ.setdefault("DO_NOT_TRACK", "true")
# Daft's own bars know of tasks, and not of frames
os.environ.setdefault("DAFT_PROGRESS_BAR", "0")

import daft
import daft.exceptions
from daft import DataType, col

import proxycore

SUFFIXES = ("exr", "dpx", "tif", "tiff")
BATCH = 32
"""Frames that a worker takes at a time: few, as each is work for a second or more."""
SHOWN = 20
"""Failures in the table; a file holds them all."""

OUTCOME = DataType.struct(
    {
        "status": DataType.string(),
        "kind": DataType.string(),
        "retry": DataType.bool(),
        "error": DataType.string(),
    }
)


class Place(NamedTuple):
    """Where frames lie: a pipeline's storage, and the URL before a `/` and a key in it."""

    storage: str
    root: str
    prefix: str

    @classmethod
    def of(cls, text: str) -> "Place":
        """Reads `s3://BUCKET[/PREFIX]`, or a folder."""
        if text.startswith("s3://"):
            bucket, _, prefix = text[5:].partition("/")
            if not bucket:
                raise argparse.ArgumentTypeError(f"no bucket in {text}")
            return cls(f"s3://{bucket}", f"s3://{bucket}", prefix.strip("/"))
        folder = Path(text).resolve()
        if not folder.is_dir():
            raise argparse.ArgumentTypeError(f"no such folder: {text}")
        return cls(str(folder), f"file://{folder}", "")


@daft.cls
class Worker:
    """A pipeline, which its worker keeps from batch to batch. It uses all cores of its machine and lets
    other threads go on, and so there is one for each machine, without a process of its own."""

    def __init__(self, storage: str, options: Dict[str, Any]) -> None:
        self.pipeline = proxycore.Pipeline(storage, **options)

    @daft.method.batch(return_dtype=OUTCOME, batch_size=BATCH)
    def run(self, keys: daft.Series) -> List[Dict[str, Any]]:
        """Runs frames, a core for each. What fails is an outcome, and stops no other."""
        names = keys.to_pylist()
        return list(map(_outcome, names, self.pipeline.run_many(names)))


def _outcome(key: str, became: Union[proxycore.Result, proxycore.ProxycoreError]) -> Dict[str, Any]:
    if isinstance(became, proxycore.Result):
        status = "up to date" if became.skipped else "made"
        return {"status": status, "kind": None, "retry": None, "error": None}
    why = str(became).removeprefix(f"{key}: ")
    return {"status": "failed", "kind": became.kind, "retry": became.is_retryable, "error": why}


def listed(place: Place, suffixes: List[str]) -> daft.DataFrame:
    """The keys of all frames, as a plan: Daft lists while workers work. A key that is listed and waits
    takes some 300 bytes of memory."""
    folder = "/".join(filter(None, (place.root, place.prefix)))
    found = daft.from_glob_path(f"{folder}/**/*", io_config=_store())
    keys = found.select(col("path").substr(len(place.root) + 1).alias("key"))
    name = col("key").lower()
    wanted = name.endswith(f".{suffixes[0].lower()}")
    for suffix in suffixes[1:]:
        wanted = wanted | name.endswith(f".{suffix.lower()}")
    return keys.where(wanted & ~daft.lit("/").concat(col("key")).contains("/.proxies/"))


def _store() -> daft.io.IOConfig:
    """How Daft reaches S3: as the wheel does."""
    told = os.environ.get
    return daft.io.IOConfig(
        s3=daft.io.S3Config(
            endpoint_url=told("AWS_ENDPOINT_URL"),
            region_name=told("AWS_REGION") or "us-east-1",
            key_id=told("AWS_ACCESS_KEY_ID"),
            access_key=told("AWS_SECRET_ACCESS_KEY"),
            session_token=told("AWS_SESSION_TOKEN"),
            num_tries=4,
        )
    )


def outcomes(place: Place, suffixes: List[str], options: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    """Runs everything, and gives what became of each frame as it comes."""
    # Daft makes it a function of columns
    run: Any = Worker(place.storage, options).run
    frames = listed(place, suffixes).into_batches(BATCH)
    try:
        for row in frames.select(col("key"), run(col("key")).alias("outcome")).iter_rows():
            yield {"key": row["key"], **row["outcome"]}
    except FileNotFoundError:
        # Daft's word for a place without a single object
        return


class Report:
    """Counts outcomes, keeps the first failures for the table, and writes all into a file."""

    def __init__(self, file: Optional[TextIO]) -> None:
        self.counts = {"made": 0, "up to date": 0, "failed": 0}
        self.failures: List[Dict[str, Any]] = []
        self._began = time.monotonic()
        names = ["key", "kind", "retry", "error"]
        self._rows = csv.DictWriter(file, names, extrasaction="ignore") if file else None
        if self._rows:
            self._rows.writeheader()

    def add(self, outcome: Dict[str, Any]) -> None:
        """Takes the outcome of a frame."""
        self.counts[outcome["status"]] += 1
        if outcome["status"] == "failed":
            if len(self.failures) < SHOWN:
                self.failures.append(outcome)
            if self._rows:
                self._rows.writerow(outcome)

    def __str__(self) -> str:
        """One line of numbers."""
        told = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        return f"{told} in {time.monotonic() - self._began:.0f} s"

    def table(self) -> str:
        """The failures, one a line."""
        rows = [("key", "kind", "again", "error")]
        for each in self.failures:
            again = "yes" if each["retry"] else "no"
            rows.append((each["key"], each["kind"], again, each["error"]))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = ["  ".join([*map(str.ljust, row, widths), row[3]]) for row in rows]
        more = self.counts["failed"] - len(self.failures)
        return "\n".join(lines + [f"and {more} more"] * bool(more))


def arguments(given: Optional[List[str]]) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description="Make the thumbnails and proxies of all frames in a bucket or a folder.",
        epilog="Exit status: 0 all done, 1 some frames failed (the others are done) or the place could not be listed, 2 usage. "
        "On a cluster: DAFT_RUNNER=ray RAY_ADDRESS=ray://HOST:10001.",
    )
    parser.add_argument("place", type=Place.of, help="s3://BUCKET[/PREFIX], or a folder")
    parser.add_argument("--suffix", nargs="+", default=SUFFIXES, help="default: %(default)s")
    parser.add_argument("--renditions", nargs="+", choices=["thumb", "proxy", "preview"], help="default: thumb proxy")
    parser.add_argument("--metadata", help="where rows go: postgresql://..., sqlite:FILE, parquet:DIR")
    parser.add_argument("--events", help="where events go: kafka://HOST:PORT/TOPIC, https://...")
    parser.add_argument("--force", action="store_true", help="make anew what is up to date")
    parser.add_argument("--failures", metavar="FILE", help="write all failures into a .csv or .parquet file")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each frame")
    read = parser.parse_args(given)
    if read.failures and Path(read.failures).suffix not in (".csv", ".parquet"):
        parser.error(f"--failures is neither .csv nor .parquet: {read.failures}")
    return read


def main(given: Optional[List[str]] = None) -> int:
    """Runs the command line, and gives its exit status."""
    read = arguments(given)
    options = {name: getattr(read, name) for name in ("renditions", "metadata", "events", "force")}
    try:
        # a wrong setting is told here, and not by each worker
        proxycore.Pipeline(read.place.storage, **options)
        return _run(read, options)
    except (proxycore.ProxycoreError, daft.exceptions.DaftCoreException, OSError) as error:
        print(f"{read.place.storage}: {error}", file=sys.stderr)
        return 1


def _run(read: argparse.Namespace, options: Dict[str, Any]) -> int:
    """Runs all frames, and tells of them."""
    with contextlib.ExitStack() as stack:
        target = Path(read.failures) if read.failures else None
        path = target
        if target and target.suffix == ".parquet":
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "failures.csv"
        report = _reported(read, options, path)
        if target and path and path != target:
            _as_parquet(path, target)
    if not read.json:
        print(report)
        if report.failures:
            print(report.table())
    return 1 if report.counts["failed"] else 0


def _reported(read: argparse.Namespace, options: Dict[str, Any], path: Optional[Path]) -> Report:
    """Runs all frames, and writes those that failed into a file."""
    file = open(path, "w", newline="", encoding="utf-8") if path else None
    report = Report(file)
    is_shown = sys.stderr.isatty() and not read.json
    for outcome in outcomes(read.place, list(read.suffix), options):
        report.add(outcome)
        if read.json:
            print(json.dumps(outcome, ensure_ascii=False), flush=True)
        if is_shown:
            print(f"\r{report}", end="", file=sys.stderr, flush=True)
    if is_shown:
        print(file=sys.stderr)
    if file:
        file.close()
    return report


def _as_parquet(rows: Path, target: Path) -> None:
    """Turns the file of failures into Parquet, a piece at a time."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    types = {"key": pa.string(), "kind": pa.string(), "retry": pa.bool_(), "error": pa.string()}
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    convert = arrow_csv.ConvertOptions(column_types=types)
    with arrow_csv.open_csv(rows, parse_options=parse, convert_options=convert) as pieces:
        with parquet.ParquetWriter(target, pieces.schema) as writer:
            for piece in pieces:
                writer.write_batch(piece)


if __name__ == "__main__":
    done = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Daft's threads may still let go of Python objects now, and a few runs of a hundred crash where they
    # do so while the interpreter ends; all that was asked for is done and written
    os._exit(done)
