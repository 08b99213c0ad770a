"""Against a real S3 server, SeaweedFS."""

import boto3
import pytest

import proxycore
import servers
from servers import BUCKET

KEY = "plates/été 01/a.0001.exr"
CREDENTIALS = {"access_key": servers.ACCESS_KEY, "secret_key": servers.SECRET_KEY}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """The URL of a server with an empty bucket."""
    with servers.seaweed(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def client(endpoint):
    secrets = {"aws_access_key_id": servers.ACCESS_KEY, "aws_secret_access_key": servers.SECRET_KEY}
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
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET_KEY)
    assert proxycore.thumbnail(f"s3://{BUCKET}/{KEY}") == result.read_thumbnail()
    with pytest.raises(FileNotFoundError):
        proxycore.info(f"s3://{BUCKET}/missing.exr")


def test_a_bucket_that_is_not_there_is_told_from_one_that_is(endpoint):
    store = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, **CREDENTIALS)
    assert store.exists() and proxycore.Store("memory:renders").exists()
    other = proxycore.Store("s3://no-such-bucket", endpoint=endpoint, **CREDENTIALS)
    with pytest.raises(FileNotFoundError):
        other.head("a.exr")
    assert not other.exists()
    locked = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, access_key="k", secret_key="x")
    with pytest.raises(proxycore.ProxycoreError):
        locked.exists()


def test_who_may_not_come_in_is_told(endpoint):
    store = proxycore.Store(f"s3://{BUCKET}", endpoint=endpoint, access_key="k", secret_key="x")
    with pytest.raises(proxycore.DeniedError) as caught:
        store.put("a.bin", b"")
    assert caught.value.__cause__ is not None
