"""One S3 server and one broker for all tests. A test takes keys and topics of its own."""

import boto3
import pytest

import frames
import servers
from skips import pytest_sessionfinish as pytest_sessionfinish


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    """The URL of an S3 server with the bucket `renders`."""
    with servers.seaweed(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture(scope="session")
def client(endpoint):
    """boto3 on that server."""
    keys = {"aws_access_key_id": servers.ACCESS_KEY, "aws_secret_access_key": servers.SECRET_KEY}
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """The host and port of a Kafka broker, without topics."""
    with servers.tansu(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def frame():
    """A small OpenEXR file."""
    return frames.exr()
