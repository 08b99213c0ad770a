"""Which objects an event is about, in each shape that events have been seen in."""

import re
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional, Union
from urllib.parse import unquote_plus

_BUCKET = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]+")
"""What a bucket's name is made of; anything else is no event about an object. `.` and `..` would be
places in a URL."""


class Location(NamedTuple):
    """An object in a bucket."""

    bucket: str
    key: str


def locations(event: Any) -> List[Union[Location, ValueError]]:
    """Finds the objects of an event: as an element, by the extension `elementpath`, or in its data. An
    event that names none is a `ValueError`; a record that names none stands as one among the others.

    An element's path is plain; the keys of S3's `Records` are URL-encoded, with `+` for a blank.
    """
    found = _element(event) or _path(getattr(event, "extensions", None))
    if found:
        return [found]
    try:
        several = list(_in_data(event.get_data()))
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError(f"the event's data is of no known shape: {error!r}") from error
    if not several:
        raise ValueError("the event names no object in a bucket: no element, path, Records or s3_key")
    return several


def _element(event: Any) -> Optional[Location]:
    try:
        element = event.as_element_event()
        return _location(element.bucket, element.object_key)
    except (AttributeError, LookupError, TypeError, ValueError):
        # the runtime's word for "this is another kind of event"
        return None


def _in_data(data: Mapping[str, Any]) -> Iterator[Union[Location, ValueError]]:
    """What lies in the data, or in that of an envelope that was given as the data."""
    for each in (data, data.get("attributes"), data.get("data")):
        if isinstance(each, Mapping):
            found = _path(each) or _location(each.get("s3_bucket"), each.get("s3_key"))
            several = [found] if found else [_record(record) for record in each.get("Records") or ()]
            if several:
                yield from several
                return


def _path(attributes: Any) -> Optional[Location]:
    path = attributes.get("elementpath") if isinstance(attributes, Mapping) else None
    if not isinstance(path, str):
        return None
    bucket, _, key = path.lstrip("/").partition("/")
    return _location(bucket, key)


def _record(record: Any) -> Union[Location, ValueError]:
    try:
        s3 = record["s3"]
        found = _location(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]))
    except (AttributeError, LookupError, TypeError) as error:
        return ValueError(f"the event has a record of no known shape: {error!r}")
    return found or ValueError("the event has a record that names no object in a bucket")


def _location(bucket: Any, key: Any) -> Optional[Location]:
    if not (isinstance(bucket, str) and isinstance(key, str)):
        return None
    return Location(bucket, key) if key and _BUCKET.fullmatch(bucket) else None
