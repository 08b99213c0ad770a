"""Python objects as storages and sinks."""

import datetime
import threading

import pyarrow
import pytest

import proxycore


class Objects:
    """A bucket in a dict, as an adapter around a client would be."""

    bucket = "renders"
    url = "s3://renders"

    def __init__(self, **objects):
        self.objects = {key: (bytes(data), {}) for key, data in objects.items()}
        self.threads = set()
        self.ranges = []

    def head(self, key):
        self.threads.add(threading.get_ident())
        data, attributes = self._find(key)
        moment = datetime.datetime(2026, 4, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
        return {"size": len(data), "last_modified": moment, "etag": str(hash(data)), **attributes}

    def read(self, key, start, end):
        self.ranges.append((start, end))
        return self._find(key)[0][start:end]

    def put(self, key, data, attributes):
        self.objects[key] = (data, dict(attributes))

    def delete(self, key):
        self.objects.pop(key, None)

    def _find(self, key):
        try:
            return self.objects[key]
        except KeyError:
            raise FileNotFoundError(key) from None


class Table:
    def __init__(self):
        self.calls = []

    def write(self, rows, renditions):
        self.calls.append((rows, renditions))
        return len(self.calls) == 1


class Topic:
    def __init__(self):
        self.events = []

    def publish(self, event):
        self.events.append(event)


def test_an_object_is_a_storage(frame):
    objects = Objects(**{"frame.exr": frame})
    assert isinstance(objects, proxycore.Storage)
    pipeline = proxycore.Pipeline(objects, renditions=["thumb"])
    result = pipeline.run("frame.exr")
    data, attributes = objects.objects[result.thumbnail_key]
    assert data == proxycore.thumbnail(frame) == result.read_thumbnail()
    assert attributes["content_type"] == "image/jpeg"
    assert attributes["tags"]["media_type"] == "thumbnail"
    assert result.renditions[0].uri == "s3://renders/.proxies/frame_thumb.jpg"
    mtime = "2026-04-01T00:00:00+00:00"
    assert result.persistence.file_id == proxycore.compute_file_id("frame.exr", mtime)
    assert pipeline.run("frame.exr").skipped
    assert proxycore.thumbnail("frame.exr", storage=objects) == data


def test_the_librarys_stores_are_storages_too(frame):
    assert isinstance(proxycore.Store("memory:renders"), proxycore.Storage)


def test_what_a_storage_raises_is_the_cause(frame):
    class Broken(Objects):
        def read(self, key, start, end):
            raise OSError("the wire is cut")

    with pytest.raises(proxycore.StorageError) as caught:
        proxycore.Pipeline(Broken(**{"frame.exr": frame})).run("frame.exr")
    error = caught.value
    assert error.is_retryable and str(error) == "frame.exr: raised OSError"
    assert type(error.__cause__) is OSError and str(error.__cause__) == "the wire is cut"
    assert error.__cause__.__traceback__ is not None
    with pytest.raises(FileNotFoundError) as caught:
        proxycore.Pipeline(Broken()).run("frame.exr")
    assert isinstance(caught.value, proxycore.NotFoundError)
    assert type(caught.value.__cause__) is FileNotFoundError


@pytest.mark.parametrize("method", ["head", "read", "put"])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_what_a_storage_is_interrupted_by_goes_through(frame, method, interrupt):
    def stop(*_):
        raise interrupt

    objects = Objects(**{"frame.exr": frame})
    setattr(objects, method, stop)
    with pytest.raises(interrupt):
        proxycore.Pipeline(objects, renditions=["thumb"]).run("frame.exr")


@pytest.mark.parametrize("told", ["2026-04-01T00:00:00Z", "2026-04-01T02:00:00+02:00"])
def test_a_moment_as_text_is_the_same_moment(frame, told):
    class Texts(Objects):
        def head(self, key):
            return {**super().head(key), "last_modified": told}

    result = proxycore.Pipeline(Texts(**{"frame.exr": frame}), renditions=["thumb"]).run("frame.exr")
    mtime = "2026-04-01T00:00:00+00:00"
    assert result.persistence.file_id == proxycore.compute_file_id("frame.exr", mtime)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"size": -1},
        {"size": "much"},
        None,
        {"size": 1, "tags": 7},
        {"size": 1, "last_modified": "lately"},
    ],
)
def test_a_storage_that_says_nonsense_is_an_error(told):
    class Liar(Objects):
        def head(self, key):
            return told

    with pytest.raises(proxycore.StorageError):
        proxycore.Pipeline(Liar()).run("frame.exr")


def test_a_storage_that_may_not_be_read_says_so():
    class Locked(Objects):
        def head(self, key):
            raise PermissionError(key)

    with pytest.raises(PermissionError) as caught:
        proxycore.Pipeline(Locked()).run("frame.exr")
    assert isinstance(caught.value, proxycore.DeniedError)
    assert (caught.value.kind, caught.value.is_retryable) == ("denied", False)


@pytest.mark.parametrize("answer", [b"", b"\0" * (1 << 21), None, "text", 5])
def test_a_storage_that_reads_nonsense_is_an_error(frame, answer):
    class Liar(Objects):
        def read(self, key, start, end):
            return answer

    with pytest.raises(proxycore.ProxycoreError):
        proxycore.Pipeline(Liar(**{"frame.exr": frame})).run("frame.exr")


def test_rows_reach_arrow_without_a_copy(folder):
    table, topic = Table(), Topic()
    assert isinstance(table, proxycore.MetadataSink) and isinstance(topic, proxycore.EventSink)
    pipeline = proxycore.Pipeline(".", metadata=table, events=[topic, "jsonl:events.jsonl"])
    result = pipeline.run("frame.exr")
    assert result.persistence.inserted
    assert not pipeline.run("frame.exr").persistence.inserted
    rows, renditions = table.calls[0]
    assert (rows.table, len(rows)) == ("proxy_outputs", 1)
    assert (renditions.table, len(renditions)) == ("proxy_renditions", 2)

    batch = pyarrow.record_batch(rows)
    assert batch.num_rows == 1 and batch.num_columns == 18
    assert batch.schema.field("thumbnail_size_bytes").type == pyarrow.int64()
    assert batch.to_pylist() == rows.to_pylist()
    assert batch.column("proxy_id")[0].as_py() == result.persistence.proxy_id
    again = pyarrow.record_batch(rows)
    address = lambda one: one.column("source_size_bytes").buffers()[1].address
    assert address(batch) == address(again), "both look at the same memory"

    more = pyarrow.record_batch(renditions)
    assert more.column("name").to_pylist() == ["thumb", "proxy"]
    assert more.schema.field("de2000_mean").nullable and more.column("de2000_mean").null_count == 2
    for name in ("frame_range", "fps", "missing"):
        assert more.schema.field(name).type == pyarrow.string() and more.column(name).null_count == 2
    del rows, renditions, result, pipeline
    table.calls.clear()
    assert batch.column("generator_version")[0].as_py() == proxycore.__version__

    event = topic.events[0]
    assert event.key == event.to_dict()["asset_id"]
    assert event.value in (open("events.jsonl", "rb").read().splitlines())


def test_a_capsule_that_nobody_takes_frees_what_it_holds(folder):
    table = Table()
    proxycore.Pipeline(".", metadata=table, renditions=["thumb"]).run("frame.exr")
    for _ in range(100):
        schema, array = table.calls[0][0].__arrow_c_array__()
        assert "arrow_schema" in repr(schema) and "arrow_array" in repr(array)


def test_what_a_sink_raises_is_the_cause_and_holds_the_event_back(folder):
    class Broken:
        def write(self, rows, renditions):
            raise ConnectionError("nobody there")

    topic = Topic()
    with pytest.raises(proxycore.SinkError) as caught:
        proxycore.Pipeline(".", metadata=Broken(), events=topic).run("frame.exr")
    assert caught.value.is_retryable and type(caught.value.__cause__) is ConnectionError
    assert topic.events == []


def test_what_a_sink_is_interrupted_by_goes_through(folder):
    class Interrupted:
        def write(self, rows, renditions):
            raise KeyboardInterrupt

        def publish(self, event):
            raise SystemExit(3)

    with pytest.raises(KeyboardInterrupt):
        proxycore.Pipeline(".", metadata=Interrupted()).run("frame.exr")
    with pytest.raises(SystemExit):
        proxycore.Pipeline(".", events=Interrupted()).run("frame.exr")


def test_a_sink_can_refuse_for_good(folder):
    class Refusing:
        def publish(self, event):
            raise proxycore.RefusedError("too large")

    with pytest.raises(proxycore.RefusedError) as caught:
        proxycore.Pipeline(".", events=Refusing()).run("frame.exr")
    assert not caught.value.is_retryable and str(caught.value.__cause__) == "too large"


def test_what_is_no_adapter_is_a_type_error(folder):
    for wrong in ({"metadata": 7}, {"events": object()}):
        with pytest.raises(TypeError, match="a sink is an address or has"):
            proxycore.Pipeline(".", **wrong)
    with pytest.raises(TypeError, match="a storage is a path, a URL or has"):
        proxycore.Pipeline(object())
