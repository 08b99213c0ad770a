"""The receiver of CloudEvents, as a process of its own, before a real S3 server."""

import base64
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

import servers
from servers import BUCKET
from frames import exr

NUMBERS = itertools.count()
RECEIVER = Path(__file__).parents[1] / "http_receiver" / "receiver.py"
BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "test", "ce-type": "frame"}


class Receiver:
    """A running receiver."""

    def __init__(self, port, process, log):
        self.port, self.process, self.log = port, process, log

    def ask(self, method, path="/", body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            told = connection.getresponse()
            return told.status, told.read().decode()
        finally:
            connection.close()

    def binary(self, data, **extensions):
        headers = {**BINARY, **{f"ce-{name}": quote(value) for name, value in extensions.items()}}
        body = None if data is None else json.dumps(data)
        return self.ask("POST", "/", body, {**headers, "Content-Type": "application/json"})

    def structured(self, **members):
        envelope = {"specversion": "1.0", "id": "1", "source": "test", "type": "frame", **members}
        kind = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
        return self.ask("POST", "/", json.dumps(envelope), kind)


@contextmanager
def receiver(folder, endpoint, **settings):
    (port,) = servers.free_ports(1)
    environment = {
        "PORT": str(port),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": servers.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY,
        **settings,
    }

    def answers():
        socket.create_connection(("127.0.0.1", port), timeout=5).close()

    with servers.running([sys.executable, RECEIVER], folder, answers, environment) as process:
        yield Receiver(port, process, Path(folder) / "log")


@pytest.fixture(scope="module")
def running(endpoint, tmp_path_factory):
    with receiver(tmp_path_factory.mktemp("receiver"), endpoint) as made:
        yield made


@pytest.fixture
def upload(client):
    folder = f"received/été {next(NUMBERS)} +1"

    def put(name, data=None):
        key = f"{folder}/{name}"
        client.put_object(Bucket=BUCKET, Key=key, Body=exr() if data is None else data)
        return key

    return put


def etags(client, key):
    folder = key.rpartition("/")[0]
    told = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{folder}/.proxies/")
    return {each["Key"]: (each["ETag"], each["LastModified"]) for each in told.get("Contents", [])}


def record(key, name="ObjectCreated:Put"):
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": quote_plus(key, safe="/")}}
    return {"eventName": name, "s3": s3}


def test_it_says_that_it_lives(running):
    assert running.ask("GET", "/healthz") == (200, "")
    assert running.ask("GET", "/other")[0] == 404


@pytest.mark.parametrize(
    "deliver",
    [
        lambda to, key: to.binary(None, elementpath=f"{BUCKET}/{key}"),
        lambda to, key: to.binary({"Records": [record(key)]}),
        lambda to, key: to.binary({"Records": [record(key, "s3:ObjectCreated:Put")]}),
        lambda to, key: to.binary(record(key)),
        lambda to, key: to.binary({"s3_bucket": BUCKET, "s3_key": key}),
        lambda to, key: to.structured(elementpath=f"{BUCKET}/{key}"),
        lambda to, key: to.structured(data={"Records": [record(key)]}),
        lambda to, key: to.structured(
            data_base64=base64.b64encode(json.dumps(record(key)).encode()).decode()
        ),
    ],
)
def test_each_shape_becomes_objects_and_again_changes_nothing(running, client, upload, deliver):
    key = upload("a b+c.0001.exr")
    assert deliver(running, key) == (202, "")
    made = etags(client, key)
    assert len(made) == 2
    assert deliver(running, key) == (202, "")
    assert etags(client, key) == made


def test_a_damaged_and_a_missing_frame_never_come_again(running, client, upload):
    damaged, good = upload("damaged.exr", exr()[:300]), upload("good.exr")
    code, why = running.binary({"Records": [record(damaged), record(good)]})
    assert (code, damaged in why) == (422, True)
    assert len(etags(client, good)) == 2
    code, why = running.structured(data={"s3_bucket": BUCKET, "s3_key": damaged + "not"})
    assert (code, "no such file or object" in why) == (422, True)


def test_a_record_that_is_none_stops_no_other(running, client, upload):
    good, other = upload("good.exr"), upload("other.exr")
    assert running.binary({"Records": [record(good), {}, record(other)]})[0] == 400
    assert len(etags(client, good)) == 4


def test_a_key_that_is_no_text_never_comes_again(running):
    code, why = running.binary({"s3_bucket": BUCKET, "s3_key": "\udcff.exr"})
    assert (code, "is no UTF-8" in why) == (422, True)


def test_a_bucket_that_is_not_there_is_tried_again(running):
    assert running.binary({"s3_bucket": "no-such-bucket", "s3_key": "a.exr"})[0] == 500


def test_an_output_and_a_removed_object_start_nothing(running, client, upload):
    key = upload(".proxies/a.exr")
    source = key.replace("/.proxies", "")
    before = etags(client, source)
    assert running.binary(None, elementpath=f"{BUCKET}/{key}") == (202, "")
    assert running.binary({"Records": [record(source, "ObjectRemoved:Delete")]}) == (202, "")
    assert etags(client, source) == before


def test_a_store_that_is_away_is_tried_again(tmp_path, client, upload):
    nowhere = f"http://127.0.0.1:{servers.free_ports(1)[0]}"
    key = upload("a.exr")
    with receiver(tmp_path, nowhere) as to:
        assert to.binary(None, elementpath=f"{BUCKET}/{key}")[0] == 503


def test_a_missing_right_is_tried_again_and_no_secret_is_told(tmp_path, endpoint, upload):
    key = upload("a.exr")
    with receiver(tmp_path, endpoint, AWS_SECRET_ACCESS_KEY="hush-that-is-wrong") as to:
        code, why = to.binary(None, elementpath=f"{BUCKET}/{key}")
        assert (code, "hush" in why, "hush" in to.log.read_text()) == (500, False, False)


def test_a_wrong_setting_is_tried_again(tmp_path, endpoint, upload):
    key = upload("a.exr")
    with receiver(tmp_path, endpoint, PROXYCORE_METADATA="nonsense:rows") as to:
        code, why = to.binary(None, elementpath=f"{BUCKET}/{key}")
        assert (code, "metadata" in why) == (500, True)


@pytest.mark.parametrize(
    "headers, body",
    [
        ({}, "{}"),
        ({**BINARY, "ce-specversion": "0.3"}, "{}"),
        ({name: value for name, value in BINARY.items() if name != "ce-id"}, "{}"),
        (BINARY, ""),
        (BINARY, "no json"),
        (BINARY, "[" * 100_000),
        (BINARY, '{"Records": [{"s3": 1}]}'),
        (BINARY, '{"Records": 1}'),
        (BINARY, '{"s3_bucket": "a/../b", "s3_key": "k"}'),
        (BINARY, '{"s3_bucket": "..", "s3_key": "k"}'),
        (BINARY, '{"s3_bucket": ".", "s3_key": "renders/k"}'),
        (BINARY, '{"s3_bucket": 1, "s3_key": "k"}'),
        (BINARY, b"\xff\xfe"),
        ({**BINARY, "ce-elementpath": "bucket"}, "{}"),
        ({"Content-Type": "application/cloudevents+json"}, "[]"),
        ({"Content-Type": "application/cloudevents-batch+json"}, "[]"),
    ],
)
def test_what_is_no_event_of_an_object_never_comes_again(running, headers, body):
    code, why = running.ask("POST", "/", body, headers)
    assert code == 400 and why


def test_a_body_has_a_limit_and_a_length(running):
    for size in ((1 << 20) + 1, 12 << 20):
        assert running.ask("POST", "/", b" " * size, BINARY)[0] == 413
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=60)
    with connection, connection.makefile("rb") as told:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert told.readline().split()[1] == b"411"


def test_sigterm_ends_it_after_the_event_that_was_begun(tmp_path, endpoint, client, upload):
    keys = [upload(f"{number:02d}.exr") for number in range(40)]
    answers = []
    with receiver(tmp_path, endpoint) as to:
        data = {"Records": [record(key) for key in keys]}
        run = threading.Thread(target=lambda: answers.append(to.binary(data)))
        run.start()
        while not etags(client, keys[0]) and run.is_alive():
            time.sleep(0.005)
        os.kill(to.process.pid, signal.SIGTERM)
        standing = len(etags(client, keys[0]))
        assert to.process.wait(60) == 0
        run.join(60)
        with pytest.raises(OSError):
            to.ask("GET", "/healthz")
    # it was stopped amid the event, and has done all of it
    assert 0 < standing < len(etags(client, keys[0])) == 2 * len(keys)
    assert answers == [(202, "")]
