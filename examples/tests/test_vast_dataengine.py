"""The DataEngine function, through a real S3 server, a real broker, and VAST's SDK."""

import itertools
import json
import logging
import re
import socket
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import proxycore
import pyarrow as pa
import pytest
import vastdb

import dataengine
import frames
import main
import servers
import topics
import vast
from dataengine import Event
from servers import BUCKET

SECRET, WRONG = "hush-of-the-database", "hush-that-is-wrong"
SECRETS = (servers.SECRET_KEY, SECRET, WRONG)
SCHEMA = "exr_metadata_2"
NUMBERS = itertools.count()

RESULT = {
    "status", "asset_id", "source_key", "thumbnail_key", "proxy_key", "thumbnail_size_bytes",
    "proxy_size_bytes", "source_size_bytes", "colorspace", "processing_time_seconds", "persistence",
}  # fmt: skip

EVENT = {
    "type", "asset_id", "thumbnail_uri", "proxy_uri", "thumbnail_size_bytes", "proxy_size_bytes",
    "source_size_bytes", "timestamp",
}  # fmt: skip


class World:
    """A function, and all that it talks to. Keys lie in a folder of the test's own."""

    def __init__(self, client, broker, database, frame, environment):
        self.client, self.broker, self.database = client, broker, database
        self.frame, self.environment = frame, environment
        number = next(NUMBERS)
        self.folder, self.topic = f"shots/été {number:02d}", f"spaceharbor.proxy.{number}"
        self.context = dataengine.context({
            "vast-db": {"endpoint": database.url, "access_key": "v", "secret_key": SECRET}
        })

    def upload(self, name, data=None):
        key = f"{self.folder}/{name}"
        self.client.put_object(Bucket=BUCKET, Key=key, Body=self.frame if data is None else data)
        return key

    def start(self, **settings):
        for name, value in settings.items():
            self.environment.setenv(name, value)
        main.init(self.context)

    def deliver(self, key, shape=dataengine.element):
        return main.handler(self.context, shape(BUCKET, key))

    def objects(self):
        """What lies in the folder, apart from sources."""
        told = self.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{self.folder}/.proxies/")
        return {each["Key"]: (each["ETag"], each["LastModified"]) for each in told.get("Contents", [])}

    def rows(self, table="proxy_outputs"):
        """All rows of a table, by the SDK."""
        session = vastdb.connect(access="v", secret=SECRET, endpoint=self.database.url)
        with session.transaction() as tx:
            found = tx.bucket("db").schema(SCHEMA).table(table).select().read_all()
        return found.to_pylist()

    def events(self):
        return topics.messages(self.broker, self.topic)


@pytest.fixture
def world(endpoint, client, broker, frame, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("OCIO", "OCIO_CONFIG_PATH", "DEV_MODE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(main, "_function", None)
    with vast.running("db", "v", SECRET) as database:
        made = World(client, broker, database, frame, monkeypatch)
        topics.create(broker, made.topic)
        settings = {
            "S3_ENDPOINT": endpoint,
            "S3_ACCESS_KEY": servers.ACCESS_KEY,
            "S3_SECRET_KEY": servers.SECRET_KEY,
            "VAST_DB_BUCKET": "db",
            "KAFKA_BROKER": broker,
            "KAFKA_TOPIC": made.topic,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield made
    told = "\n".join(map(logging.Formatter().format, caplog.get_records("call")))
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.fixture(scope="session")
def nowhere():
    """A port that nobody listens on, and nobody can take."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def raised(world, key, kind):
    """Delivers an event that raises an error of a kind, which names the key and no secret."""
    with pytest.raises(proxycore.ProxycoreError) as caught:
        world.deliver(key)
    assert caught.value.kind == kind
    told = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
    assert [secret for secret in SECRETS if secret in told] == []
    return caught.value


def test_an_upload_becomes_two_objects_two_kinds_of_rows_and_an_event(world):
    key = world.upload("beauty.0001.exr")
    world.start()
    result = world.deliver(key)
    assert result["status"] == "success" and RESULT <= set(result)
    assert json.loads(json.dumps(result)) == result
    mtime = world.client.head_object(Bucket=BUCKET, Key=key)["LastModified"].isoformat()
    identity = proxycore.compute_file_id(key, mtime)
    proxy = result["persistence"]["proxy_id"]
    expected = {"status": "success", "file_id": identity, "proxy_id": proxy, "inserted": True}
    assert result["persistence"] == expected

    thumbnail = f"{world.folder}/.proxies/beauty.0001_thumb.jpg"
    movie = f"{world.folder}/.proxies/beauty.0001_proxy.mp4"
    assert set(world.objects()) == {thumbnail, movie}
    for made, kind, media in ((thumbnail, "image/jpeg", "thumbnail"), (movie, "video/mp4", "proxy")):
        told = world.client.get_object(Bucket=BUCKET, Key=made)
        assert told["ContentType"] == kind
        tags = world.client.get_object_tagging(Bucket=BUCKET, Key=made)["TagSet"]
        tags = {each["Key"]: each["Value"] for each in tags}
        version = proxycore.__version__
        assert tags == {"media_type": media, "generator": "proxycore", "version": version}
    stored = world.client.get_object(Bucket=BUCKET, Key=thumbnail)["Body"].read()
    assert stored == proxycore.thumbnail(world.frame)

    (row,) = world.rows()
    assert len(row) == 18 and row["proxy_id"] == proxy and row["file_id"] == identity
    assert (row["s3_bucket"], row["s3_key"]) == (BUCKET, key)
    assert (row["thumbnail_s3_key"], row["proxy_s3_key"]) == (thumbnail, movie)
    assert row["thumbnail_size_bytes"] == len(stored) == result["thumbnail_size_bytes"]
    assert [each["name"] for each in world.rows("proxy_renditions")] == ["thumb", "proxy"]

    ((name, event),) = world.events()
    assert EVENT <= set(event) and event["type"] == "proxy.generated"
    assert name == event["asset_id"] == result["asset_id"] == proxycore.compute_asset_id(key)
    assert event["thumbnail_uri"] == f"s3://{BUCKET}/{thumbnail}"


@pytest.mark.parametrize("shape", dataengine.SHAPES, ids=lambda shape: shape.__name__)
def test_an_event_is_understood_in_each_shape(world, shape):
    key = world.upload("a+b 100% ü.0001.exr")
    world.start()
    result = world.deliver(key, shape)
    assert (result["status"], result["source_key"]) == ("success", key)


def test_several_records_are_several_results(world):
    keys = [world.upload("a.exr"), world.upload("b.exr", b"no picture")]
    world.start()
    both = Event(dataengine.CREATED, dataengine.records(*((BUCKET, key) for key in keys)))
    result = main.handler(world.context, both)
    assert [each["status"] for each in result["results"]] == ["success", "error"]
    assert result["status"] == "error" and len(world.rows()) == 1


def test_a_record_of_no_object_stops_no_other(world):
    keys = [world.upload("a.exr"), world.upload("b.exr")]
    world.start()
    told = dataengine.records(*((BUCKET, key) for key in keys))
    told["Records"].insert(1, {})
    result = main.handler(world.context, Event(dataengine.CREATED, told))
    assert [each["status"] for each in result["results"]] == ["success", "error", "success"]
    assert "record" in result["results"][1]["error"] and len(world.rows()) == 2


def test_what_is_raised_stops_no_other(world):
    key = world.upload("a.exr")
    world.start()
    both = Event(dataengine.CREATED, dataengine.records(("no-such-bucket", "a.exr"), (BUCKET, key)))
    with pytest.raises(proxycore.NotFoundError):
        main.handler(world.context, both)
    assert len(world.objects()) == 2 and len(world.rows()) == len(world.events()) == 1


@pytest.mark.parametrize(
    "data",
    [None, 7, [], {}, "text", {"Records": []}, {"Records": 7}, {"Records": [{}]}, {"Records": ["s3"]},
     {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": 7}}}]},
     {"s3_bucket": BUCKET}, {"s3_bucket": BUCKET, "s3_key": ["a"]}, {"elementpath": "bucket-alone"},
     {"s3_bucket": "..", "s3_key": "k"}, {"elementpath": "./bucket/k"},
     {"s3_bucket": "a b", "s3_key": "k"}, {"s3_bucket": f"{BUCKET}/a", "s3_key": "k"},
     {"data": {"data": {"s3_bucket": "b", "s3_key": "k"}}}],
)  # fmt: skip
def test_an_event_without_an_object_is_returned(world, data):
    world.start()
    result = main.handler(world.context, Event("Function", data))
    assert result["status"] == "error" and result["error"].startswith("the event")
    assert not world.database.requests


def test_the_same_event_again_changes_nothing(world):
    key = world.upload("a.exr")
    world.start()
    first = world.deliver(key)
    objects, rows, more = world.objects(), world.rows(), world.rows("proxy_renditions")
    again = world.deliver(key)
    assert again["skipped"] and again["persistence"]["inserted"] is False
    assert again["persistence"]["proxy_id"] == first["persistence"]["proxy_id"]
    assert (world.objects(), world.rows(), world.rows("proxy_renditions")) == (objects, rows, more)
    # told again, with the same words: an event may be lost, and is never known to have arrived
    told, repeated = world.events()
    assert told == repeated


def test_a_source_that_was_replaced_is_made_anew(world):
    key = world.upload("a.exr")
    world.start()
    world.deliver(key)
    before = world.objects()
    world.upload("a.exr", frames.exr(pixel=lambda x, y: (0.5, 0.1, 0.1)))
    assert not world.deliver(key)["skipped"]
    after = world.objects()
    assert [name for name in after if after[name][0] == before[name][0]] == []
    # within one second of the store's clock, it is the same state of the file, and so the same row
    assert len({row["file_id"] for row in world.rows()}) == len(world.rows())


# what will not get better is returned


def test_an_output_is_left_alone(world):
    world.start()
    result = world.deliver(f"{world.folder}/.proxies/a_thumb.jpg")
    assert result["status"] == "error" and ".proxies" in result["error"]
    assert not world.database.requests and world.events() == []


@pytest.mark.parametrize(
    "data, said",
    [
        (None, "no such file or object"),
        (b"", "format"),
        (b"no picture at all", "format"),
        ("half", "EXR"),
    ],
    ids=["missing", "empty", "unknown", "truncated"],
)
def test_what_is_wrong_with_a_file_is_returned(world, data, said):
    key = f"{world.folder}/a.exr"
    if data is not None:
        world.upload("a.exr", world.frame[: len(world.frame) // 2] if data == "half" else data)
    world.start()
    result = world.deliver(key)
    assert set(result) == {"status", "error"} and result["status"] == "error"
    assert key in result["error"] and said.lower() in result["error"].lower()
    assert world.objects() == {} and not world.database.requests and world.events() == []


@pytest.mark.parametrize("key", ["a/../b.exr", "a\0.exr", "a//b.exr", "/a.exr", "\udcff.exr"])
def test_a_key_that_leaves_its_bucket_is_returned(world, key):
    world.start()
    assert world.deliver(key, dataengine.plain)["status"] == "error"


def test_two_sources_of_one_name_do_not_overwrite_each_other(world):
    first, second = world.upload("a.exr"), world.upload("a.dpx")
    world.start()
    world.deliver(first)
    before = world.objects()
    result = world.deliver(second)
    assert result["status"] == "error" and first in result["error"] and second in result["error"]
    assert world.objects() == before and len(world.rows()) == 1


def test_a_table_with_other_columns_is_returned(world):
    session = vastdb.connect(access="v", secret=SECRET, endpoint=world.database.url)
    with session.transaction() as tx:
        schema = tx.bucket("db").create_schema(SCHEMA)
        schema.create_table("proxy_outputs", pa.schema([("proxy_id", pa.string())]))
    key = world.upload("a.exr")
    world.start()
    result = world.deliver(key)
    assert result["error"].startswith(f"db/{SCHEMA} at 127.0.0.1: the table proxy_outputs has no asset_id,")
    assert world.events() == []


# what may pass is raised, and the next delivery makes it whole


def whole(world, key):
    """The event comes again, and all is there, once."""
    assert world.deliver(key)["status"] == "success"
    assert len(world.objects()) == 2 and len(world.rows()) == 1
    assert len(world.rows("proxy_renditions")) == 2
    assert {event["asset_id"] for _, event in world.events()} == {proxycore.compute_asset_id(key)}


def test_a_wrong_secret_of_s3_is_raised(world):
    key = world.upload("a.exr")
    world.start(S3_SECRET_KEY=WRONG)
    assert isinstance(raised(world, key, "denied"), PermissionError)
    world.start(S3_SECRET_KEY=servers.SECRET_KEY)
    whole(world, key)


def test_a_store_that_is_away_is_raised(world, endpoint, nowhere):
    key = world.upload("a.exr")
    world.start(S3_ENDPOINT=f"http://{nowhere}")
    assert raised(world, key, "storage").is_retryable
    world.start(S3_ENDPOINT=endpoint)
    whole(world, key)


def test_a_broker_that_is_away_is_raised(world, broker, nowhere):
    key = world.upload("a.exr")
    world.start(KAFKA_BROKER=nowhere)
    assert raised(world, key, "sink").is_retryable
    world.start(KAFKA_BROKER=broker)
    whole(world, key)


def test_a_broker_that_goes_and_comes_back_is_found_by_the_same_container(world, tmp_path):
    key = world.upload("a.exr")
    with servers.tansu(tmp_path) as address:
        topics.create(address, world.topic)
        world.start(KAFKA_BROKER=address)
        world.deliver(world.upload("earlier.exr"))
    assert raised(world, key, "sink").is_retryable
    assert len(world.rows()) == 2, "the row goes before the event"
    with servers.tansu(tmp_path, int(address.rpartition(":")[2])) as world.broker:
        topics.create(address, world.topic)
        assert world.deliver(key)["skipped"]
        ((name, _),) = world.events()
    assert name == proxycore.compute_asset_id(key)


def test_a_database_that_is_away_is_raised_and_no_event_sent(world, nowhere):
    key = world.upload("a.exr")
    there = world.context.secrets.pop("vast-db")
    keys = {"VAST_DB_ACCESS_KEY": "v", "VAST_DB_SECRET_KEY": SECRET}
    world.start(VAST_DB_ENDPOINT=f"http://{nowhere}", **keys)
    assert isinstance(raised(world, key, "sink").__cause__.__cause__, vastdb.errors.ConnectionError)
    assert len(world.objects()) == 2 and world.events() == []
    world.start(VAST_DB_ENDPOINT=there["endpoint"])
    whole(world, key)


def test_a_database_that_asks_for_patience_gets_it(world):
    key = world.upload("a.exr")
    world.start()
    world.database.fail("GET data", 503, "SlowDown")
    world.database.fail("POST rows", 503, "SlowDown")
    whole(world, key)


def test_a_schema_that_another_container_makes_first_is_found(world):
    key = world.upload("a.exr")
    world.start()
    world.database.fail("POST schema", 409, "Conflict")
    world.database.fail("POST table", 409, "Conflict")
    whole(world, key)


FAULTS = [
    ("POST transaction", 503, "ServiceUnavailable"),
    ("GET schema", 403, "AccessDenied"),
    ("POST rows", 503, "ServiceUnavailable"),
    ("POST rows", 500, "InternalError"),
    ("PUT transaction", 409, "Conflict"),
]


@pytest.mark.parametrize("what, status, code", FAULTS)
def test_a_database_that_fails_is_raised_and_goes_well_next_time(world, what, status, code):
    key = world.upload("a.exr")
    world.start()
    world.deliver(world.upload("earlier.exr"))
    world.database.fail(what, status, code)
    assert raised(world, key, "sink").is_retryable
    assert len(world.rows()) == len(world.events()) == 1
    assert world.deliver(key)["persistence"]["inserted"] is True
    assert len(world.rows()) == len(world.events()) == 2


def test_a_wrong_secret_of_the_database_is_raised(world):
    key = world.upload("a.exr")
    right = world.context.secrets["vast-db"]
    world.context.secrets["vast-db"] = {**right, "secret_key": WRONG}
    world.start()
    assert isinstance(raised(world, key, "sink").__cause__.__cause__, vastdb.errors.Forbidden)
    world.context.secrets["vast-db"] = right
    world.start()
    whole(world, key)


def test_a_bucket_and_a_topic_that_are_not_there_are_raised(world):
    world.start()
    with pytest.raises(proxycore.NotFoundError):
        main.handler(world.context, dataengine.plain("no-such-bucket", "a.exr"))
    key = world.upload("a.exr")
    world.start(KAFKA_TOPIC="no-such-topic")
    with pytest.raises(proxycore.NoSuchError):
        world.deliver(key)
    world.start(KAFKA_TOPIC=world.topic)
    whole(world, key)


@pytest.mark.parametrize("kind", [proxycore.NoSuchError, proxycore.RefusedError])
def test_a_topic_that_turns_away_is_raised(world, kind):
    class Refused:
        def run(self, key):
            raise kind("no permission to write")

    key = world.upload("a.exr")
    world.start()
    world.environment.setitem(main._function._pipelines, BUCKET, Refused())
    raised(world, key, kind.kind)


def test_a_config_that_is_not_there_is_raised(world, tmp_path):
    world.start(OCIO_CONFIG_PATH=str(tmp_path / "config.ocio"))
    with pytest.raises(proxycore.ColorError):
        world.deliver(world.upload("a.exr"))


# how it is run


@pytest.mark.parametrize("switch", ["true", "True", "1", "yes"])
def test_dev_mode_writes_nothing(world, switch):
    key = world.upload("a.exr")
    world.start(DEV_MODE=switch)
    for _ in range(2):
        result = world.deliver(key)
        assert result["status"] == "success" and not result["skipped"]
        assert result["persistence"]["status"] == "skipped"
    assert world.objects() == {} and not world.database.requests and world.events() == []


def test_dev_mode_can_be_off(world):
    key = world.upload("a.exr")
    world.start(DEV_MODE="false")
    whole(world, key)


def test_without_a_database_and_a_broker_there_are_objects_alone(world):
    key = world.upload("a.exr")
    world.environment.delenv("VAST_DB_BUCKET")
    world.environment.delenv("KAFKA_BROKER")
    world.start()
    assert world.deliver(key)["persistence"]["status"] == "skipped"
    assert len(world.objects()) == 2 and not world.database.requests and world.events() == []


def test_another_name_of_the_secret_and_of_the_schema(world):
    key = world.upload("a.exr")
    world.context.secrets["films"] = world.context.secrets.pop("vast-db")
    world.start(VAST_DB_SECRET_NAME="films", VAST_DB_SCHEMA="films")
    assert world.deliver(key)["persistence"]["inserted"] is True
    assert list(world.database.schemas) == ["films"]


def test_a_database_without_an_address_ends_the_start(world):
    world.context.secrets.clear()
    world.environment.delenv("S3_ENDPOINT")
    with pytest.raises(ValueError, match="neither VAST_DB_ENDPOINT nor S3_ENDPOINT"):
        main.init(world.context)


def test_a_context_without_secrets_will_do(world):
    world.start(VAST_DB_ENDPOINT=world.database.url, VAST_DB_ACCESS_KEY="v", VAST_DB_SECRET_KEY=SECRET)
    bare = SimpleNamespace(logger=world.context.logger)
    main.init(bare)
    event = dataengine.element(BUCKET, world.upload("a.exr"))
    assert main.handler(bare, event)["persistence"]["inserted"] is True


def test_init_may_be_called_twice_or_never(world):
    key = world.upload("a.exr")
    assert world.deliver(key)["persistence"]["inserted"] is True
    world.start()
    world.start()
    assert world.deliver(key)["skipped"]


def test_sixteen_threads_share_a_function(world):
    keys = [world.upload(f"a.{number:04d}.exr") for number in range(16)]
    world.start()
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(world.deliver, keys))
    assert [each["status"] for each in results] == ["success"] * 16
    assert sorted(row["s3_key"] for row in world.rows()) == keys
    assert len(world.rows("proxy_renditions")) == 32 and len(world.events()) == 16
    renditions = [rendition for each in results for rendition in each["renditions"]]
    assert len({(each["name"], each["sha256"]) for each in renditions}) == 2


def test_the_readme_names_every_setting():
    text = (Path(main.__file__).parent / "README.md").read_text("utf-8")
    table = text.partition("## Settings")[2].partition("\n## ")[0]
    named = set(re.findall(r"`((?:S3|VAST_DB|KAFKA|DEV)_[A-Z_]+)`", table))
    read = set()

    class Environment(dict):
        def get(self, name, default=None):
            read.add(name)
            return super().get(name, default)

    keys = {"S3_ENDPOINT": "http://s3", "S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s"}
    environment = Environment(VAST_DB_BUCKET="db", KAFKA_BROKER="b:1", **keys)
    main.Function(dataengine.context({}), environment)
    assert read == named
