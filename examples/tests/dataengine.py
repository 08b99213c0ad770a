"""What DataEngine hands to a function: a context, and an event in each shape that was seen."""

import logging
from types import SimpleNamespace
from urllib.parse import quote_plus

TRIGGER = "vastdata.com:media-trigger.b45a6820"
CREATED = "vastdata.com:Element.ElementCreated"


class Event:
    """An event as the runtime wraps it; `as_element_event` raises where it is of another kind."""

    def __init__(self, type, data, extensions=None, element=None):
        self.id, self.type, self.subtype = "1004356627333135", type, "ElementCreated"
        self.extensions = extensions or {}
        self._data, self._element = data, element

    def get_data(self):
        return self._data

    def as_element_event(self):
        if self._element is None:
            raise TypeError(f"{self.type} is no element event")
        return self._element


def context(secrets):
    """A context whose log lets everything through."""
    logger = logging.getLogger("function")
    logger.setLevel(logging.DEBUG)
    return SimpleNamespace(logger=logger, secrets=secrets)


def records(*locations):
    """The data of an S3 notification, with URL-encoded keys."""

    def record(bucket, key):
        told = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key), "size": 7}}
        return {"eventSource": "vast:s3", "eventName": "ObjectCreated:Put", "s3": told}

    return {"Records": [record(*each) for each in locations]}


def element(bucket, key):
    """What an element trigger gives."""
    paths = {"elementpath": f"{bucket}/{key}", "elementsourcetype": "vast:s3"}
    found = SimpleNamespace(bucket=bucket, object_key=key)
    return Event("Element", records((bucket, key)), paths, found)


def unwrapped(bucket, key):
    """A CloudEvent that the runtime has no class for."""
    return Event(CREATED, records((bucket, key)), {"elementpath": f"{bucket}/{key}"})


def envelope(bucket, key):
    """The whole CloudEvent as the data."""
    attributes = {"specversion": "1.0", "type": CREATED, "source": TRIGGER, "id": "1"}
    path = {"elementpath": f"{bucket}/{key}"}
    return Event(CREATED, {**attributes, **path, "data": records((bucket, key))})


def split_envelope(bucket, key):
    """The same, with its attributes in a dict of their own."""
    attributes = {"type": CREATED, "source": TRIGGER, "elementpath": f"{bucket}/{key}"}
    return Event(CREATED, {"attributes": attributes, "data": records((bucket, key))})


def envelope_of_records(bucket, key):
    """An envelope without a path."""
    return Event(CREATED, {"specversion": "1.0", "data": records((bucket, key))})


def top_records(bucket, key):
    """The notification itself."""
    return Event(CREATED, records((bucket, key)))


def plain(bucket, key):
    """Two words, as a test call or another function in the pipeline sends."""
    return Event("Function", {"s3_bucket": bucket, "s3_key": key})


SHAPES = [element, unwrapped, envelope, split_envelope, envelope_of_records, top_records, plain]
