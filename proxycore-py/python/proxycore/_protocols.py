"""What a Python object needs to be a storage or a sink. All may be called from any thread, and from
several at once."""

from typing import Any, Mapping, Optional, Protocol, runtime_checkable

from ._proxycore import Event, Rows


@runtime_checkable
class Storage(Protocol):
    """A place that holds objects under keys.

    A missing object is a `FileNotFoundError`, a missing right a `PermissionError`; whatever other
    `Exception` is raised is a `StorageError` to the caller, with the exception as its `__cause__`. What
    is none, such as a `KeyboardInterrupt`, the caller gets as it is.

    Sequences are looked for in storages that have `list(prefix)`, too: it gives the keys below a
    folder, or, to save a `head` for each, what `head` says with the `key` in it.
    """

    @property
    def bucket(self) -> str:
        """The bucket's name, for rows."""
        ...

    @property
    def url(self) -> str:
        """What stands before a `/` and a key in an object's URI, such as `s3://renders`."""
        ...

    def head(self, key: str) -> Mapping[str, Any]:
        """Says what is known of an object: `size` in bytes, and, as far as it is known,
        `last_modified` (an aware `datetime`, or ISO 8601, in UTC where it says no offset), `etag`,
        `content_type`, `tags` and `metadata` (dicts of text). `put`'s metadata has to come back, or
        work is done again."""
        ...

    def read(self, key: str, start: int, end: int) -> bytes:
        """Reads the bytes from `start` up to `end`."""
        ...

    def put(self, key: str, data: bytes, attributes: Mapping[str, Any]) -> object:
        """Writes an object, or replaces it, as a whole; `attributes` has `content_type`, `tags` and
        `metadata`. `data` is all of it, in memory: for movies that are too long for that, a `Store`."""
        ...

    def delete(self, key: str) -> object:
        """Removes an object; one that does not exist is removed already."""
        ...


@runtime_checkable
class MetadataSink(Protocol):
    """A place that keeps rows.

    An `Exception` that it raises is a `SinkError` to the caller, with the exception as its `__cause__`;
    where it is a `RefusedError`, so it stays, and nobody tries again. What is no `Exception`, such as a
    `KeyboardInterrupt`, the caller gets as it is.
    """

    def write(self, rows: Rows, renditions: Rows) -> Optional[bool]:
        """Keeps the row of a source and those of its renditions, all or none, and replaces those with
        the same `proxy_id`. `False` says that it was no new one."""
        ...


@runtime_checkable
class EventSink(Protocol):
    """A place that passes events on. What it raises is told as that of a `MetadataSink`."""

    def publish(self, event: Event) -> object:
        """Delivers an event: once this returns, a crash here cannot lose it."""
        ...
