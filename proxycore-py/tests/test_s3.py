"""Against a real S3 server, SeaweedFS: the library's own client, and boto3 as a storage in Python."""

import re
from pathlib import Path

import boto3
import pytest

import proxycore
import servers
from servers import BUCKET

KEY = "plates/été 01/a.0001.exr"
CREDENTIALS = {"access_key": servers.ACCESS_KEY, "secret_key": servers.SECRET_KEY}
GUIDE = Path(__file__).parents[2] / "docs" / "python.md"


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
