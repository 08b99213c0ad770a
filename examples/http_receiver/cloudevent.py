"""Reads CloudEvents 1.0 from HTTP, in binary and in structured mode, and finds the objects in them.

No batches, and no content but JSON: that is all that notifications of objects come as.
"""

import base64
import json
import re
from typing import Any, List, Mapping, NamedTuple, Union
from urllib.parse import unquote, unquote_plus

_REQUIRED = ("id", "source", "type")
_STRUCTURED = "application/cloudevents+json"
_BUCKET = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]+")
"""What a bucket's name is made of: it becomes part of a URL, in which `.` and `..` are places."""


class CloudEvent(NamedTuple):
    """The attributes of an event, extensions among them, and its data."""

    attributes: Mapping[str, Any]
    data: Any


class Location(NamedTuple):
    """An object in a bucket."""

    bucket: str
    key: str


def parse(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """Reads an event. What is none is a `ValueError`."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    try:
        read = _structured if kind.partition(";")[0].strip().lower() == _STRUCTURED else _binary
        event = read(headers, body)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
    if event.attributes.get("specversion") != "1.0":
        raise ValueError("not a CloudEvent of specversion 1.0")
    missing = [name for name in _REQUIRED if not event.attributes.get(name)]
    if missing:
        raise ValueError(f"the CloudEvent has no {', '.join(missing)}")
    return event


def _structured(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    envelope = json.loads(body)
    if not isinstance(envelope, dict):
        raise ValueError("the CloudEvent is no JSON object")
    data = envelope.get("data")
    if isinstance(envelope.get("data_base64"), str):
        data = json.loads(base64.b64decode(envelope["data_base64"], validate=True))
    return CloudEvent(envelope, data)


def _binary(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    # CloudEvents HTTP binding 1.0.2, 3.1.3.2: values are percent-encoded
    attributes = {
        name[3:].lower(): unquote(value) for name, value in headers.items() if name.lower().startswith("ce-")
    }
    return CloudEvent(attributes, json.loads(body) if body else None)


def locations(event: CloudEvent) -> List[Union[Location, ValueError]]:
    """Finds the objects that were made: by the extension `elementpath`, or in the data, as `Records` of
    S3, as one record alone, or as `s3_bucket` and `s3_key`. An event that names none is a `ValueError`,
    and a record that names none stands as one among the others; one of objects that were removed gives
    none.
    """
    path = event.attributes.get("elementpath")
    try:
        if isinstance(path, str):
            bucket, _, key = path.lstrip("/").partition("/")
            return [_location(bucket, key)]
        if "s3_key" in event.data:
            return [_location(event.data["s3_bucket"], event.data["s3_key"])]
        records = event.data["Records"] if "Records" in event.data else [event.data]
        made = [_created(record) for record in records]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the event names no object: {error!r}") from error
    return [each for each in made if each is not None]


def _created(record: Any) -> Union[Location, ValueError, None]:
    try:
        # AWS writes `ObjectCreated:Put`, MinIO `s3:ObjectCreated:Put`
        if "ObjectCreated:" not in record.get("eventName", "ObjectCreated:"):
            return None
        s3 = record["s3"]
        # keys are encoded as in a form, with `+` for a blank
        return _location(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]))
    except ValueError as error:
        return error
    except (AttributeError, LookupError, TypeError) as error:
        return ValueError(f"a record names no object: {error!r}")


def _location(bucket: str, key: str) -> Location:
    if not (key and isinstance(key, str) and _BUCKET.fullmatch(bucket)):
        raise ValueError(f"no bucket and key: {bucket!r}, {key!r}")
    return Location(bucket, key)
