"""The adapters of a boto3 client, a `vastdb` session and a `confluent_kafka.Producer`, with a real S3
server, a real broker, and VAST's SDK against a test double of the database."""

import confluent_kafka
import proxycore
import pytest
import vastdb

import servers
import topics
import vast
from adapters import Bucket, Tables, Topic
from servers import BUCKET

KEYS = ("v", "s")


@pytest.fixture
def bucket(client):
    return Bucket(client, BUCKET)


@pytest.fixture
def session():
    with vast.running("db", *KEYS) as database:
        yield vastdb.connect(access=KEYS[0], secret=KEYS[1], endpoint=database.url)


def rows(session, table):
    """All rows of a table, by the SDK."""
    with session.transaction() as tx:
        return tx.bucket("db").schema("films").table(table).select().read_all().to_pylist()


def producer(broker, **settings):
    return confluent_kafka.Producer({"bootstrap.servers": broker, **settings})


def test_each_is_what_it_says_it_is(bucket):
    assert isinstance(bucket, proxycore.Storage)
    assert isinstance(Tables(None, "db", "films"), proxycore.MetadataSink)
    assert isinstance(Topic(None, "t"), proxycore.EventSink)


def test_all_three_make_a_pipeline(bucket, session, broker, client, frame):
    topic, key = "adapters.all", "adapted/été 01/a.0001.exr"
    topics.create(broker, topic)
    bucket.put(key, frame, {"content_type": None, "tags": {}, "metadata": {}})
    pipeline = proxycore.Pipeline(
        bucket, metadata=Tables(session, "db", "films"), events=Topic(producer(broker), topic)
    )
    result = pipeline.run(key)
    told = client.head_object(Bucket=BUCKET, Key=result.proxy_key)
    assert told["ContentType"] == "video/mp4"
    tags = client.get_object_tagging(Bucket=BUCKET, Key=result.thumbnail_key)["TagSet"]
    assert {"Key": "media_type", "Value": "thumbnail"} in tags
    (row,) = rows(session, "proxy_outputs")
    assert (row["s3_key"], row["proxy_id"]) == (key, result.persistence.proxy_id)
    assert {each["name"] for each in rows(session, "proxy_renditions")} == {"thumb", "proxy"}
    ((asset, event),) = topics.messages(broker, topic)
    assert (asset, event["proxy_uri"]) == (result.asset_id, f"s3://{BUCKET}/{result.proxy_key}")
    assert pipeline.run(key).skipped


def test_the_bucket_does_what_the_librarys_client_does(bucket, endpoint, frame):
    key = "adapted/été 02/a.0001.exr"
    bucket.put(key, frame, {"content_type": None, "tags": {}, "metadata": {}})
    pipeline = proxycore.Pipeline(bucket, renditions=["thumb"])
    result = pipeline.run(key)
    keys = {"access_key": servers.ACCESS_KEY, "secret_key": servers.SECRET_KEY}
    store = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, **keys)
    assert store.read(result.thumbnail_key) == proxycore.thumbnail(frame)
    # each knows the other's work
    theirs = proxycore.Pipeline(store, renditions=["thumb"]).run(key)
    assert theirs.skipped
    assert theirs.persistence.proxy_id == result.persistence.proxy_id
    with pytest.raises(FileNotFoundError):
        pipeline.run("adapted/missing.exr")
    bucket.delete(result.thumbnail_key)
    assert not pipeline.run(key).skipped


def test_what_the_broker_did_not_take_is_raised(bucket, broker, frame):
    key = "adapted/03/a.exr"
    bucket.put(key, frame, {"content_type": None, "tags": {}, "metadata": {}})
    # a producer that gives up by itself, and tells so to nobody but its callback
    gives_up = producer("127.0.0.1:1", **{"message.timeout.ms": 300, "log_level": 0})
    pipeline = proxycore.Pipeline(bucket, renditions=["thumb"], events=Topic(gives_up, "t"))
    with pytest.raises(proxycore.SinkError) as caught:
        pipeline.run(key)
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert caught.value.is_retryable
    # and one that does not
    waits = producer("127.0.0.1:1", log_level=0)
    pipeline = proxycore.Pipeline(bucket, renditions=["thumb"], events=Topic(waits, "t", patience=0.3))
    with pytest.raises(proxycore.SinkError) as caught:
        pipeline.run(key)
    assert isinstance(caught.value.__cause__, TimeoutError)
    waits.purge()
