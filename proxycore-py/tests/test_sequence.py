"""Sequences: found by a pattern, made into one movie."""

import json
import pickle
import sqlite3
import threading
from fractions import Fraction

import pytest

import proxycore
from test_adapters import Objects

PATTERN = "shot/a.%04d.exr"


def test_a_sequence_is_one_movie_one_row_and_one_event(folder):
    pipeline = proxycore.Pipeline(folder, metadata="sqlite:rows.db", events="jsonl:events.jsonl")
    result = pipeline.run_sequence(PATTERN, fps=25)
    assert (result.source_key, result.frame_range, result.fps) == (PATTERN, "1-3", "25")
    assert (result.poster, result.missing) == (2, None)
    assert result.proxy_key == "shot/.proxies/a_proxy.mp4"
    assert (folder / result.proxy_key).stat().st_size == result.proxy_size_bytes
    with sqlite3.connect("rows.db") as database:
        rows = database.execute("select s3_key from proxy_outputs").fetchall()
    (event,) = (json.loads(line) for line in open("events.jsonl"))
    assert rows == [(PATTERN,)] and event["asset_id"] == result.asset_id
    assert pipeline.run_sequence(PATTERN, fps=25).skipped
    assert not pipeline.run_sequence(PATTERN, fps=25, force=True).skipped
    copy = pickle.loads(pickle.dumps(result))
    assert (copy.frame_range, copy.poster) == ("1-3", 2)


def test_a_single_frame_has_no_range(folder):
    result = proxycore.Pipeline(".", renditions=["thumb"]).run("frame.exr")
    assert (result.frame_range, result.missing, result.fps, result.poster) == (None,) * 4
    assert "fps" not in result.to_dict()


@pytest.mark.parametrize(
    ("fps", "told"),
    [
        (25, "25"),
        (24.0, "24"),
        (23.976, "24000/1001"),
        (24000 / 1001, "24000/1001"),
        ("30000/1001", "30000/1001"),
        (Fraction(60000, 1001), "60000/1001"),
        (None, "24"),
    ],
)
def test_rates_are_numbers_text_and_fractions(folder, fps, told):
    pipeline = proxycore.Pipeline(".", renditions=["proxy"])
    assert pipeline.run_sequence(PATTERN, fps=fps).fps == told


@pytest.mark.parametrize("frames", ["1,3", [3, 1], range(1, 4, 2)])
def test_ranges_are_text_and_numbers(folder, frames):
    pipeline = proxycore.Pipeline(".", renditions=["thumb"])
    assert pipeline.run_sequence(PATTERN, range=frames).frame_range == "1,3"


def test_a_missing_frame_is_an_error_unless_something_is_shown_for_it(folder):
    (folder / "shot" / "a.0002.exr").unlink()
    pipeline = proxycore.Pipeline(".", renditions=["proxy"])
    with pytest.raises(proxycore.InvalidError, match="2"):
        pipeline.run_sequence(PATTERN)
    held = pipeline.run_sequence(PATTERN, missing="hold")
    assert (held.frame_range, held.missing) == ("1-3", "2")
    assert pipeline.plan_sequence(PATTERN, missing="hold")["up_to_date"] is True


def test_burn_ins_slates_and_segments(folder):
    pipeline = proxycore.Pipeline(".", renditions=["proxy"])
    plain = pipeline.run_sequence(PATTERN)
    for words in (
        {"burn_in": "frame"},
        {"burn_in": ["frame", "timecode"], "burn_in_text": "v012"},
        {"slate": True},
    ):
        made = pipeline.run_sequence(PATTERN, **words)
        assert not made.skipped and made.proxy_size_bytes != plain.proxy_size_bytes
        assert pipeline.run_sequence(PATTERN, **words).skipped
    pipeline.run_sequence(PATTERN, segments=True, burn_in=None, slate=False)
    assert list((folder / "shot" / ".proxies").glob("a_proxy.segments/*.seg"))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"fps": 0}, proxycore.InvalidError),
        ({"fps": "fast"}, proxycore.InvalidError),
        ({"range": "1-"}, proxycore.InvalidError),
        ({"range": iter(int, 1)}, proxycore.InvalidError),
        ({"range": 7}, TypeError),
        ({"step": 0}, proxycore.InvalidError),
        ({"step": -1}, proxycore.InvalidError),
        ({"missing": "skip"}, proxycore.InvalidError),
        ({"poster": "first"}, proxycore.InvalidError),
        ({"poster": 9}, proxycore.NoSuchError),
        ({"burn_in": "colour"}, proxycore.InvalidError),
        ({"burn_in": 7}, TypeError),
        ({"slate": "yes"}, TypeError),
        ({"font": 7}, TypeError),
        ({"font": __file__}, proxycore.InvalidError),
        ({"font": ["none.ttf"]}, proxycore.StorageError),
        ({"speed": 2}, TypeError),
        ({"speed": None}, TypeError),
    ],
)
def test_what_means_nothing_is_refused(folder, words, error):
    with pytest.raises(error):
        proxycore.Pipeline(".", renditions=["thumb"]).run_sequence(PATTERN, **words)


def test_what_is_no_pattern_or_has_no_frames_is_refused(folder):
    pipeline = proxycore.Pipeline(".")
    with pytest.raises(proxycore.InvalidError, match="%04d"):
        pipeline.run_sequence("frame.exr")
    with pytest.raises(FileNotFoundError):
        pipeline.run_sequence("shot/b.%04d.exr")


def test_each_frame_is_told_of(folder):
    seen = []
    pipeline = proxycore.Pipeline(".", renditions=["proxy"])
    pipeline.run_sequence(PATTERN, on_frame=lambda: seen.append(threading.get_ident()))
    assert len(seen) == 3


def test_what_a_listener_raises_is_raised_in_the_end(folder):
    calls = []

    def fail():
        calls.append(1)
        raise KeyError("the bar broke")

    pipeline = proxycore.Pipeline(".", renditions=["proxy"])
    with pytest.raises(KeyError, match="the bar broke"):
        pipeline.run_sequence(PATTERN, on_frame=fail)
    assert len(calls) == 1 and (folder / "shot" / ".proxies" / "a_proxy.mp4").exists()


def test_sequences_and_what_is_by_itself_are_found(folder):
    (folder / "shot" / "notes.txt").write_text("no frame")
    (folder / "shot" / "a.0002.exr").unlink()
    pipeline = proxycore.Pipeline(".", renditions=["thumb"])
    pipeline.run("frame.exr")
    single, shot = pipeline.find()
    assert (single.key, single.is_sequence, single.count) == ("frame.exr", False, 1)
    assert (shot.key, shot.is_sequence, shot.count) == (PATTERN, True, 2)
    assert (shot.frames, shot.missing) == ("1,3", "2")
    assert shot.size_bytes == 2 * single.size_bytes
    assert repr(shot) == "<Found shot/a.%04d.exr 1,3>"


class Listed(Objects):
    def list(self, prefix):
        return (key for key in self.objects if key.startswith(prefix))


class Told(Objects):
    def list(self, prefix):
        return [{"key": key, **self.head(key)} for key in self.objects if key.startswith(prefix)]


@pytest.mark.parametrize("kind", [Listed, Told])
def test_a_storage_that_lists_has_sequences(frame, kind):
    objects = kind(**{f"shot/a.{number:04d}.exr": frame for number in (1, 2, 3)})
    pipeline = proxycore.Pipeline(objects, renditions=["proxy"])
    assert [each.key for each in pipeline.find("shot/")] == [PATTERN]
    result = pipeline.run_sequence(PATTERN)
    assert result.frame_range == "1-3" and result.proxy_key in objects.objects


def test_a_list_that_breaks_is_told(frame):
    class Broken(Objects):
        def list(self, prefix):
            yield "shot/a.0001.exr"
            raise OSError("the wire is cut")

    class Wrong(Objects):
        def list(self, prefix):
            return [7]

    objects = {"shot/a.0001.exr": frame}
    with pytest.raises(proxycore.StorageError) as caught:
        proxycore.Pipeline(Broken(**objects)).run_sequence(PATTERN)
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(proxycore.StorageError):
        proxycore.Pipeline(Wrong(**objects)).run_sequence(PATTERN)
    with pytest.raises(proxycore.InvalidError, match="list"):
        proxycore.Pipeline(Objects(**objects)).run_sequence(PATTERN)
