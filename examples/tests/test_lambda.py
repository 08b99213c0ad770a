"""The Lambda function, through a real S3 server."""

import itertools
import json
from urllib.parse import quote_plus

import proxycore
import pytest

import lambda_function
import servers
from servers import BUCKET
from frames import exr

NUMBERS = itertools.count()


def record(key, name="ObjectCreated:Put"):
    """One record, as S3 writes it: the key is encoded as in a form."""
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": quote_plus(key, safe="/")}}
    return {"eventSource": "aws:s3", "eventName": name, "s3": s3}


def notification(*keys):
    return {"Records": [record(key) for key in keys]}


def batch(*bodies):
    return {
        "Records": [
            {"messageId": str(number), "eventSource": "aws:sqs", "body": body}
            for number, body in enumerate(bodies)
        ]
    }


@pytest.fixture
def world(endpoint, client, monkeypatch):
    """Uploads objects into a folder of the test's own, and gives their keys."""
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": servers.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("OCIO", "OCIO_CONFIG_PATH", "PROXYCORE_METADATA", "PROXYCORE_EVENTS"):
        monkeypatch.delenv(name, raising=False)
    lambda_function._pipeline.cache_clear()
    folder = f"lambda/été {next(NUMBERS)} +1"

    def upload(name, data=None):
        key = f"{folder}/{name}"
        client.put_object(Bucket=BUCKET, Key=key, Body=exr() if data is None else data)
        return key

    yield upload
    lambda_function._pipeline.cache_clear()


def etags(client, key):
    folder = key.rpartition("/")[0]
    told = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{folder}/.proxies/")
    return {each["Key"]: (each["ETag"], each["LastModified"]) for each in told.get("Contents", [])}


def run(event):
    return lambda_function.handler(event, None)


@pytest.fixture
def away(monkeypatch):
    """The store is gone."""
    def leave():
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{servers.free_ports(1)[0]}")
        lambda_function._pipeline.cache_clear()
    return leave


def test_each_record_becomes_objects_and_again_changes_nothing(world, client):
    keys = [world("a b+c.0001.exr"), world("d.exr")]
    results = run(notification(*keys))["results"]
    assert [each["source_key"] for each in results] == keys
    made = etags(client, keys[0])
    assert len(made) == 4
    assert client.get_object(Bucket=BUCKET, Key=results[0]["thumbnail_key"])["ContentType"] == "image/jpeg"
    again = run(notification(*keys))["results"]
    assert [each["status"] for each in again] == ["success"] * 2
    assert etags(client, keys[0]) == made


def test_what_will_never_do_is_returned_and_stops_no_other(world, client):
    good, damaged = world("good.exr"), world("damaged.exr", exr()[:300])
    missing = good.replace("good", "missing")
    results = run(notification(damaged, missing, good))["results"]
    assert [each["status"] for each in results] == ["error", "error", "success"]
    assert "missing.exr: no such file or object" in results[1]["error"]
    assert len(etags(client, good)) == 2


def test_a_record_that_is_none_stops_no_other(world, client):
    good, other = world("good.exr"), world("other.exr")
    event = notification(good, other)
    event["Records"].insert(1, {})
    with pytest.raises(ValueError, match="not a record"):
        run(event)
    assert len(etags(client, good)) == 4
    assert run(batch(json.dumps(event))) == {"batchItemFailures": []}


def test_an_output_starts_nothing(world, client):
    key = world(".proxies/a_thumb.exr")
    before = etags(client, key.replace("/.proxies", ""))
    assert "lies in .proxies" in run(notification(key))["results"][0]["error"]
    assert etags(client, key.replace("/.proxies", "")) == before


def test_a_removed_object_and_a_test_message_start_nothing(world):
    key = world("a.exr")
    assert run({"Records": [record(key, "ObjectRemoved:Delete")]}) == {"results": []}
    assert run({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}) == {"results": []}


def test_what_may_pass_is_raised(world, away):
    key = world("a.exr")
    away()
    with pytest.raises(proxycore.StorageError):
        run(notification(key))


def test_a_wrong_key_is_raised(world, monkeypatch):
    key = world("a.exr")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    lambda_function._pipeline.cache_clear()
    with pytest.raises(proxycore.DeniedError):
        run(notification(key))


@pytest.mark.parametrize("event", [{}, {"Records": [{}]}, {"Records": [{"eventName": "ObjectCreated:Put"}]}])
def test_what_is_no_notification_is_raised(event):
    with pytest.raises(ValueError):
        run(event)


def test_a_bucket_that_is_not_there_is_raised_once_the_others_are_made(world, client):
    event = notification("a.exr", good := world("good.exr"))
    event["Records"][0]["s3"]["bucket"]["name"] = "no-such-bucket"
    with pytest.raises(proxycore.NotFoundError):
        run(event)
    assert len(etags(client, good)) == 2


@pytest.mark.parametrize("kind", [proxycore.NoSuchError, proxycore.RefusedError])
def test_a_topic_that_turns_away_is_raised(monkeypatch, kind):
    class Refused:
        def run(self, key):
            raise kind("no permission to write")

    monkeypatch.setattr(lambda_function, "_pipeline", lambda bucket: Refused())
    with pytest.raises(kind):
        run(notification("a.exr"))


def test_a_queue_is_told_which_messages_come_again(world, monkeypatch, away):
    good = json.dumps(notification(world("good.exr")))
    damaged = json.dumps(notification(world("damaged.exr", exr()[:300])))
    assert run(batch(good, damaged, "no json", "[]", '{"Event": "s3:TestEvent"}')) == {"batchItemFailures": []}
    away()
    assert run(batch("no json", good)) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_wrong_setting_comes_again(world, monkeypatch):
    body = json.dumps(notification(world("a.exr")))
    monkeypatch.setenv("PROXYCORE_METADATA", "nonsense")
    assert run(batch(body)) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
