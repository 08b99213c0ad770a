"""Against a real S3 server, SeaweedFS: the library's own client, and boto3 as a storage in Python."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
import pytest

import proxycore

BUCKET = "renders"
KEY = "plates/été 01/a.0001.exr"
CREDENTIALS = {"access_key": "k", "secret_key": "s"}
GUIDE = Path(__file__).parents[2] / "docs" / "python.md"


def free_ports(count):
    """Ports that nobody listens on, nor on those 10,000 above them, which the server takes as well."""
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


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """The URL of a server with an empty bucket."""
    folder = tmp_path_factory.mktemp("s3")
    weed = Path(sys.executable).with_name("weed")
    s3, master, volume, filer = free_ports(4)
    command = [weed, "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-admin.ui=false"]
    command += ["-webdav=false", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-dir={folder}", f"-s3.port={s3}", f"-master.port={master}"]
    command += [f"-volume.port={volume}", f"-filer.port={filer}"]
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "S3_BUCKET": BUCKET}
    log = open(folder / "log", "wb")
    server = subprocess.Popen(command, env={**os.environ, **keys}, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{s3}", server, folder / "log")
        yield f"http://127.0.0.1:{s3}"
    finally:
        server.kill()
        server.wait()


def wait_for(url, server, log):
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.05)
    raise RuntimeError(log.read_text())


@pytest.fixture
def client(endpoint):
    secrets = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **secrets)


def test_a_bucket_is_a_storage(endpoint, client, frame, monkeypatch):
    store = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, **CREDENTIALS)
    store.put(KEY, frame)
    pipeline = proxycore.Pipeline(store)
    result = pipeline.run(KEY)
    assert result.thumbnail_key == "plates/été 01/.proxies/a.0001_thumb.jpg"
    assert result.renditions[0].uri == f"s3://{BUCKET}/{result.thumbnail_key}"
    told = client.head_object(Bucket=BUCKET, Key=result.proxy_key)
    assert told["ContentType"] == "video/mp4"
    tags = client.get_object_tagging(Bucket=BUCKET, Key=result.thumbnail_key)["TagSet"]
    assert {"Key": "media_type", "Value": "thumbnail"} in tags
    assert pipeline.run(KEY).skipped
    assert sorted(store.list("plates/été 01/")) == sorted(
        [KEY, result.thumbnail_key, result.proxy_key]
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert proxycore.thumbnail(f"s3://{BUCKET}/{KEY}") == result.read_thumbnail()
    with pytest.raises(FileNotFoundError):
        proxycore.info(f"s3://{BUCKET}/missing.exr")


def test_who_may_not_come_in_is_told(endpoint):
    store = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, access_key="k", secret_key="x")
    with pytest.raises(proxycore.DeniedError) as caught:
        store.put("a.bin", b"")
    assert caught.value.__cause__ is not None


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide comes with the checkout, not with an sdist")
def test_the_guides_boto3_adapter_does_what_the_librarys_client_does(endpoint, client, frame):
    (adapter,) = re.findall(r"(from urllib.*?)\n\nclass Table", GUIDE.read_text("utf-8"), re.S)
    names = {}
    exec(compile(adapter, str(GUIDE), "exec"), names)
    bucket = names["Bucket"](client, BUCKET)
    assert isinstance(bucket, proxycore.Storage)
    key = "plates/été 02/a.0001.exr"
    bucket.put(key, frame, {"content_type": None, "tags": {}, "metadata": {}})
    pipeline = proxycore.Pipeline(bucket, renditions=["thumb"])
    result = pipeline.run(key)
    store = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, **CREDENTIALS)
    assert store.read(result.thumbnail_key) == proxycore.thumbnail(frame)
    assert pipeline.run(key).skipped
    # each knows the other's work
    theirs = proxycore.Pipeline(store, renditions=["thumb"]).run(key)
    assert theirs.skipped
    assert theirs.persistence.proxy_id == result.persistence.proxy_id
    with pytest.raises(FileNotFoundError):
        pipeline.run("missing.exr")
