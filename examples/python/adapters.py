"""What a program has already as a pipeline's storage and sinks: a boto3 client, a session of `vastdb`, a
producer of `confluent_kafka`.

    proxycore.Pipeline(
        Bucket(boto3.client("s3"), "renders"),
        metadata=Tables(vastdb.connect(...), "studio-db", "exr_metadata_2"),
        events=Topic(confluent_kafka.Producer(...), "spaceharbor.proxy"),
    )

The library's own `s3://` and `kafka://` need none of this. Each class is of the library's three
`Protocol`s, and is called from any thread.
"""

from queue import SimpleQueue
from typing import Any, Mapping
from urllib.parse import quote, unquote, urlencode

import proxycore
import pyarrow


class Bucket:
    """A boto3 client as a `proxycore.Storage`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self.client, self.bucket, self.url = client, bucket, f"s3://{bucket}"

    def head(self, key: str) -> Mapping[str, Any]:
        try:
            told = self.client.head_object(Bucket=self.bucket, Key=key)
        except self.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "404":
                raise FileNotFoundError(key) from error
            raise
        metadata = {name: unquote(text) for name, text in told["Metadata"].items()}
        return {
            "size": told["ContentLength"],
            "last_modified": told["LastModified"],
            "etag": told["ETag"],
            "metadata": metadata,
        }

    def read(self, key: str, start: int, end: int) -> bytes:
        part = self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}")
        return bytes(part["Body"].read())

    def put(self, key: str, data: bytes, attributes: Mapping[str, Any]) -> None:
        self.client.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=data,
            ContentType=attributes["content_type"] or "application/octet-stream",
            Tagging=urlencode(attributes["tags"]),
            # headers are ASCII
            Metadata={name: quote(text) for name, text in attributes["metadata"].items()},
        )

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)


class Tables:
    """A session of `vastdb` as a `proxycore.MetadataSink`, which makes its schema and tables.

    Rows are added: those of a source that is run again stand beside the older ones. Where they should
    take their place, see `rows.py` of `examples/vast_dataengine`.
    """

    def __init__(self, session: Any, bucket: str, schema: str) -> None:
        self.session, self.bucket, self.schema = session, bucket, schema

    def write(self, rows: proxycore.Rows, renditions: proxycore.Rows) -> None:
        with self.session.transaction() as tx:
            schema = tx.bucket(self.bucket).create_schema(self.schema, fail_if_exists=False)
            for batch, name in ((pyarrow.record_batch(each), each.table) for each in (rows, renditions)):
                schema.create_table(name, batch.schema, fail_if_exists=False).insert(batch)


class Topic:
    """A `confluent_kafka.Producer` as a `proxycore.EventSink`."""

    def __init__(self, producer: Any, name: str, patience: float = 10) -> None:
        self.producer, self.name, self.patience = producer, name, patience

    def publish(self, event: proxycore.Event) -> None:
        # what `flush` says is no more than that nothing waits: what the broker refused waits no more
        told: "SimpleQueue[object]" = SimpleQueue()
        self.producer.produce(
            self.name, key=event.key, value=event.value, on_delivery=lambda error, _: told.put(error)
        )
        if self.producer.flush(self.patience):
            raise TimeoutError("the broker did not answer")
        if error := told.get(timeout=self.patience):
            raise ConnectionError(str(error))
