"""The backfill by Daft, as a process of its own, before a real S3 server."""

import csv
import itertools
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import servers
from servers import BUCKET
from frames import exr

parquet = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("daft")

SCRIPT = Path(__file__).parents[1] / "python" / "backfill_daft.py"
NUMBERS = itertools.count()
COUNT, DAMAGED = 200, range(0, 200, 25)


@pytest.fixture
def backfill(endpoint, tmp_path):
    """Runs the script; gives its exit status and what it said."""

    def run(*arguments, **settings):
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": servers.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY,
            **settings,
        }
        told = subprocess.run(
            [sys.executable, SCRIPT, *arguments],
            env={**os.environ, **environment}, cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert servers.SECRET_KEY not in told.stdout + told.stderr
        assert "Traceback" not in told.stderr
        return told.returncode, told.stdout, told.stderr

    return run


@pytest.fixture
def folder(client):
    """A folder of the test's own in the bucket, and a way to put objects there."""
    name = f"backfill/été {next(NUMBERS)} +1"

    def put(key, data):
        client.put_object(Bucket=BUCKET, Key=f"{name}/{key}", Body=data)
        return f"{name}/{key}"

    put.url = f"s3://{BUCKET}/{name}"
    return put


def test_two_hundred_frames_of_which_some_are_damaged(backfill, folder, client, tmp_path):
    good, bad = exr(), exr()[:300]
    keys = [folder(f"shot_{n % 7}/a.{n:04d}.EXR", bad if n in DAMAGED else good) for n in range(COUNT)]
    damaged = {keys[n] for n in DAMAGED}
    folder("notes.txt", b"no frame")
    folder(".proxies/left.exr", good)

    status, told, _ = backfill(folder.url, "--metadata", "sqlite:rows.db", "--failures", "failed.csv")
    assert status == 1
    assert told.startswith("192 made, 0 up to date, 8 failed in ")
    lines = told.splitlines()[1:]
    assert lines[0].split() == ["key", "kind", "again", "error"] and len(lines) == 9
    assert {line.partition(".EXR")[0] + ".EXR" for line in lines[1:]} == damaged
    with open(tmp_path / "failed.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["key"] for row in rows} == damaged
    assert {(row["kind"], row["retry"]) for row in rows} == {("corrupt", "False")}

    with sqlite3.connect(tmp_path / "rows.db") as database:
        kept = {key for (key,) in database.execute("select s3_key from proxy_outputs")}
    assert kept == set(keys) - damaged

    def made():
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=folder.url[6 + len(BUCKET):])
        found = [each for page in pages for each in page["Contents"]]
        return {each["Key"]: (each["ETag"], each["LastModified"]) for each in found}

    before = made()
    assert sum("/.proxies/" in key and not key.endswith("left.exr") for key in before) == 2 * 192

    (tmp_path / "failed.csv").write_text("somebody's own")
    status, told, _ = backfill(folder.url, "--json", "--failures", "failed.parquet")
    assert (tmp_path / "failed.csv").read_text() == "somebody's own"
    outcomes = [json.loads(line) for line in told.splitlines()]
    assert status == 1 and len(outcomes) == COUNT
    assert {each["key"] for each in outcomes if each["status"] == "up to date"} == kept
    assert {each["key"] for each in outcomes if each["status"] == "failed"} == damaged
    assert set(parquet.read_table(tmp_path / "failed.parquet").column("key").to_pylist()) == damaged
    assert made() == before


def test_a_folder_does_as_well_and_all_good_is_zero(backfill, tmp_path):
    (tmp_path / "shot").mkdir()
    (tmp_path / "shot" / "a [1] é.exr").write_bytes(exr())
    status, told, silent = backfill(str(tmp_path / "shot"), "--renditions", "thumb")
    assert (status, told[:6], silent) == (0, "1 made", "")
    assert [each.name for each in (tmp_path / "shot" / ".proxies").glob("*.*")].count("a [1] é_thumb.jpg") == 1
    assert backfill(str(tmp_path / "shot"), "--renditions", "thumb", "--force")[1][:6] == "1 made"


def test_an_empty_place_is_nothing_to_do(backfill, folder):
    status, told, _ = backfill(folder.url)
    assert (status, told[:6]) == (0, "0 made")


def test_a_store_that_is_away_is_one_line(backfill):
    nowhere = f"http://127.0.0.1:{servers.free_ports(1)[0]}"
    status, told, why = backfill(f"s3://{BUCKET}", AWS_ENDPOINT_URL=nowhere)
    assert (status, told) == (1, "") and f"s3://{BUCKET}: " in why


def test_a_wrong_setting_is_one_line(backfill, folder):
    status, told, why = backfill(folder.url, "--metadata", "nonsense")
    assert (status, told) == (1, "") and "write sqlite:FILE" in why


@pytest.mark.parametrize("wrong", [["s3://"], ["/no/such/folder"], [".", "--failures", "a.txt"], []])
def test_a_wrong_command_is_usage(backfill, wrong):
    assert backfill(*wrong)[0] == 2
