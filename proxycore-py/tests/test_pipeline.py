"""The whole flow, on one source and on many."""

import asyncio
import hashlib
import json
import os
import pickle
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

import frames
import proxycore

KEYS = [f"shot/a.{number:04d}.exr" for number in (1, 2, 3)]

HANDLER = {
    "status",
    "asset_id",
    "source_key",
    "thumbnail_key",
    "proxy_key",
    "thumbnail_size_bytes",
    "proxy_size_bytes",
    "source_size_bytes",
    "colorspace",
    "processing_time_seconds",
    "persistence",
}


def test_objects_row_and_event_agree(folder):
    pipeline = proxycore.Pipeline(folder, metadata="sqlite:rows.db", events="jsonl:events.jsonl")
    result = pipeline.run(KEYS[0])
    assert result.thumbnail_key == "shot/.proxies/a.0001_thumb.jpg"
    thumbnail = (folder / result.thumbnail_key).read_bytes()
    assert len(thumbnail) == result.thumbnail_size_bytes
    assert hashlib.sha256(thumbnail).hexdigest() == result.renditions[0].sha256
    assert thumbnail == result.read_thumbnail() == proxycore.thumbnail(KEYS[0])
    with sqlite3.connect("rows.db") as database:
        rows = database.execute("select proxy_id, s3_key, asset_id from proxy_outputs").fetchall()
    assert rows == [(result.persistence.proxy_id, KEYS[0], result.asset_id)]
    (event,) = (json.loads(line) for line in open("events.jsonl"))
    assert event["type"] == "proxy.generated" and event["asset_id"] == result.asset_id
    assert result.persistence.inserted


def test_the_dict_is_the_handlers(folder):
    result = proxycore.Pipeline(".", metadata=["sqlite:rows.db"]).run(KEYS[0])
    told = result.to_dict()
    assert HANDLER <= set(told)
    assert set(told["persistence"]) == {"status", "file_id", "proxy_id", "inserted"}
    assert json.loads(json.dumps(told)) == told
    assert told["renditions"][0]["name"] == result.renditions[0].name == "thumb"


def test_what_is_up_to_date_is_skipped_unless_forced(folder):
    pipeline = proxycore.Pipeline(".", renditions=["thumb"])
    assert pipeline.plan("frame.exr")["up_to_date"] is False
    first = pipeline.run("frame.exr")
    assert not first.skipped and first.proxy_key == ""
    assert pipeline.run("frame.exr").skipped
    assert pipeline.plan("frame.exr")["up_to_date"] is True
    again = pipeline.run("frame.exr", force=True)
    assert not again.skipped
    assert again.renditions[0].sha256 == first.renditions[0].sha256


def test_renditions_are_names_or_more(folder):
    small = proxycore.Rendition("proxy", width=32)
    pipeline = proxycore.Pipeline(".", renditions=["preview", small], prove=True)
    preview, proxy = pipeline.run("frame.exr").renditions
    assert (preview.width, preview.height, preview.media_type) == (64, 36, "image/jpeg")
    assert (proxy.width, proxy.height, proxy.media_type) == (32, 18, "video/mp4")
    assert proxy.proof is not None and proxy.proof["bias"] < 1
    for fit in ("letterbox", "crop"):
        with pytest.raises(proxycore.InvalidError, match="needs a width and a height"):
            proxycore.Rendition("preview", fit=fit)
    for wrong, error in (("thumb", TypeError), (["poster"], ValueError), ([7], TypeError)):
        with pytest.raises(error):
            proxycore.Pipeline(".", renditions=wrong)


def test_outputs_go_to_a_place_of_their_own(folder):
    flat = proxycore.Pipeline(".", output="out", renditions=["thumb"]).run(KEYS[0])
    assert (folder / "out" / "a.0001_thumb.jpg").is_file() and flat.thumbnail_key
    store = proxycore.Store(folder / "out2")
    assert proxycore.Pipeline(".", output=store, renditions=["thumb"]).run(KEYS[0]).thumbnail_key
    assert store.list() == ["a.0001_thumb.jpg"]
    store = proxycore.Store("memory:out")
    template = "{dir}/made/{stem}_{name}.{ext}"
    named = proxycore.Pipeline(".", output=store, template=template, renditions=["thumb"])
    assert named.run(KEYS[0]).thumbnail_key == "shot/made/a.0001_thumb.jpg"
    assert store.list() == ["shot/made/a.0001_thumb.jpg"]
    assert store.head("shot/made/a.0001_thumb.jpg")["content_type"] == "image/jpeg"


def test_a_store_gives_back_what_was_put(frame):
    store = proxycore.Store("memory:renders")
    assert (store.bucket, store.url) == ("renders", "memory://renders")
    store.put("a.bin", b"0123456789", {"content_type": "text/plain", "tags": {"a": "b"}})
    assert (store.read("a.bin"), store.read("a.bin", 2, 5)) == (b"0123456789", b"234")
    told = store.head("a.bin")
    assert (told["size"], told["content_type"], told["tags"]) == (10, "text/plain", {"a": "b"})
    store.delete("a.bin")
    with pytest.raises(FileNotFoundError):
        store.read("a.bin")
    with pytest.raises(proxycore.InvalidError):
        store.put("../a.bin", b"")
    with pytest.raises(proxycore.InvalidError, match="whole bucket"):
        proxycore.Store("s3://renders/shot")


def test_a_place_is_told_by_its_whole_name(tmp_path):
    for name in ("x", "x/x"):
        (tmp_path / name).mkdir()
        assert proxycore.Store(tmp_path / name).url == proxycore.Store(tmp_path).url + "/" + name
    assert proxycore.Store("memory:x").url == "memory://x"


def test_what_has_no_bytes_is_not_put():
    store = proxycore.Store("memory:renders")
    for wrong in (5, "text", None):
        with pytest.raises(TypeError):
            store.put("a.bin", wrong)
    store.put("a.bin", memoryview(b"0123")[::2])
    assert store.read("a.bin") == b"02"
    with pytest.raises(proxycore.InvalidError):
        store.read("a.bin", -1)


def test_many_are_run_and_failures_are_values(folder):
    seen = []
    pipeline = proxycore.Pipeline(".", renditions=["thumb"])
    keys = [KEYS[0], "missing.exr", *KEYS[1:]]
    outcomes = pipeline.run_many(
        iter(keys), jobs=2, on_progress=lambda *progress: seen.append(progress)
    )
    assert [type(each) for each in outcomes].count(proxycore.Result) == 3
    assert isinstance(outcomes[1], proxycore.NotFoundError)
    assert [each.source_key for each in outcomes if isinstance(each, proxycore.Result)] == KEYS
    assert [each[:2] for each in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {id(each[2]) for each in seen} == {id(each) for each in outcomes}
    assert pipeline.run_many([]) == []
    odd, well = pipeline.run_many([os.fsdecode(b"\xff.exr"), KEYS[0]])
    assert isinstance(odd, proxycore.InvalidError) and isinstance(well, proxycore.Result)


def test_what_progress_raises_ends_the_work(folder):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proxycore.Pipeline(".", renditions=["thumb"]).run_many(KEYS, jobs=1, on_progress=stop)


def test_works_under_asyncio(folder):
    pipeline = proxycore.Pipeline(".", renditions=["thumb"])

    async def all_of_them():
        return await asyncio.gather(*(pipeline.run_async(key) for key in KEYS))

    results = asyncio.run(all_of_them())
    assert [each.source_key for each in results] == KEYS
    with pytest.raises(FileNotFoundError):
        asyncio.run(pipeline.run_async("missing.exr"))


def test_sixteen_threads_share_one_pipeline_and_give_identical_bytes():
    store = proxycore.Store("memory:renders")
    frame = frames.exr(320, 180)
    keys = [f"seq/f.{number:04d}.exr" for number in range(16)]
    for key in keys:
        store.put(key, frame)
    pipeline = proxycore.Pipeline(store, renditions=["thumb", "proxy", "preview"])
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(pipeline.run, keys))
    sums = {tuple(made.sha256 for made in each.renditions) for each in results}
    assert len(sums) == 1
    made = {store.read(each.proxy_key) for each in results}
    assert len(made) == 1


def test_a_result_shows_itself_and_goes_to_other_processes(folder):
    result = proxycore.Pipeline(".", renditions=["thumb"]).run("frame.exr")
    html = result._repr_html_()
    assert html.startswith("<figure") and "data:image/jpeg;base64,/9j/" in html
    assert "frame.exr" in html and repr(result).startswith("<Result success: frame.exr")
    copy = pickle.loads(pickle.dumps(result))
    assert copy.to_dict() == result.to_dict()
    assert copy._repr_html_() is None
    with pytest.raises(proxycore.InvalidError, match="pickled"):
        copy.read_thumbnail()


@pytest.mark.parametrize("address", ["rows.db", "postgers://me:hush@host/films", "sqlite:"])
def test_addresses_that_are_none_are_refused_without_their_secrets(folder, address):
    with pytest.raises(proxycore.InvalidError) as caught:
        proxycore.Pipeline(".", metadata=address)
    assert "sqlite:FILE" in str(caught.value) and "hush" not in str(caught.value)
    with pytest.raises(proxycore.InvalidError, match="kafka://HOST:PORT"):
        proxycore.Pipeline(".", events="kafka://me:hush@kafka:9092/topic")
