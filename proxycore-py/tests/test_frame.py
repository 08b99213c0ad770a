"""One frame at a time: from every kind of source, the same bytes."""

import array
import io
import os
import threading

import numpy
import pytest

import frames
import proxycore


def test_every_kind_of_source_gives_the_same_bytes(folder, frame):
    expected = proxycore.thumbnail("frame.exr")
    assert expected.startswith(b"\xff\xd8\xff")
    store = proxycore.Store("memory:renders")
    store.put("a/b.exr", frame)
    for source in (
        folder / "frame.exr",
        (folder / "frame.exr").as_uri(),
        frame,
        bytearray(frame),
        memoryview(frame),
        array.array("B", frame),
        numpy.frombuffer(frame, numpy.uint8),
        io.BytesIO(frame),
    ):
        assert proxycore.thumbnail(source) == expected, source
    with open("frame.exr", "rb") as file:
        file.read(100)
        assert proxycore.thumbnail(file) == expected
    assert proxycore.thumbnail("a/b.exr", storage=store) == expected
    assert proxycore.thumbnail("frame.exr", storage=folder) == expected


def test_a_file_that_cannot_seek_is_read_to_its_end(frame):
    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.data = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.data.readinto(buffer)

    assert proxycore.thumbnail(Pipe(frame)) == proxycore.thumbnail(frame)


def test_what_is_no_source_is_a_type_error():
    for wrong in (7, None, ["frame.exr"]):
        with pytest.raises(TypeError, match="a source is a path"):
            proxycore.thumbnail(wrong)


def test_a_file_that_is_open_for_text_is_a_type_error(folder):
    with open("frame.exr", encoding="latin-1") as file, pytest.raises(TypeError, match="open for text"):
        proxycore.info(file)
    with pytest.raises(TypeError, match="open for text"):
        proxycore.info(type("Text", (), {"read": lambda self: "text"})())


def test_a_path_that_is_no_text_is_told(folder):
    for path in (os.fsdecode(b"shot/\xff.exr"), os.fsdecode(b"\xff.exr")):
        with pytest.raises(proxycore.InvalidError, match="is no UTF-8"):
            proxycore.thumbnail(path)


def test_what_a_file_is_interrupted_by_goes_through(frame):
    class Interrupted(io.BytesIO):
        def read(self, size=-1):
            if size:
                raise KeyboardInterrupt
            return b""

    with pytest.raises(KeyboardInterrupt):
        proxycore.thumbnail(Interrupted(frame))


def jpeg_size(data):
    """The width and height in a JPEG's frame header."""
    at = 2
    while data[at + 1] not in range(0xC0, 0xC4):
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    height, width = (int.from_bytes(data[at + 5 + 2 * i : at + 7 + 2 * i], "big") for i in (0, 1))
    return width, height


def test_sizes_are_those_that_were_asked_for(frame):
    assert jpeg_size(proxycore.thumbnail(frame)) == (256, 256)
    assert jpeg_size(proxycore.thumbnail(frame, width=32)) == (32, 32)
    assert jpeg_size(proxycore.thumbnail(frame, width=32, height=20)) == (32, 20)
    assert jpeg_size(proxycore.thumbnail(frame, width=32, fit="inside")) == (32, 18)
    assert jpeg_size(proxycore.thumbnail(frame, width=16, fit="crop")) == (16, 16)
    portrait = frames.exr(width=10, height=80)
    assert jpeg_size(proxycore.thumbnail(portrait, width=40, fit="inside")) == (5, 40)


@pytest.mark.parametrize(
    "call, options",
    [
        (proxycore.thumbnail, {"width": 40_000}),
        (proxycore.thumbnail, {"width": 70_000, "fit": "crop"}),
        (proxycore.proxy, {"width": 100_000, "height": 100_000, "fit": "letterbox"}),
    ],
)
def test_a_size_beyond_all_memory_is_refused(frame, call, options):
    with pytest.raises(proxycore.LimitError):
        call(frame, **options)


def test_movies_are_mp4(frame):
    movie = proxycore.proxy(frame, width=32)
    assert movie[4:8] == b"ftyp" and b"avc1" in movie
    assert movie != proxycore.proxy(frame, width=32, color="srgb")


def test_info_says_what_a_frame_is(folder, frame):
    told = proxycore.info("shot/a.0001.exr")
    assert told["source_key"] == "shot/a.0001.exr"
    assert told["asset_id"] == proxycore.compute_asset_id("shot/a.0001.exr")
    assert told["format"] == "OpenEXR" and told["size_bytes"] == len(frame)
    assert (told["picture"]["width"], told["picture"]["height"]) == (64, 36)
    assert told["colorspace_certainty"] == "guessed"
    stated = proxycore.info(frame, input_space="lin_ap1_scene")
    assert (stated["colorspace"], stated["colorspace_rule"]) == ("lin_ap1_scene", "override")


def test_ids_are_those_that_other_programs_compute():
    key, mtime = "plates/été 01/A001.dpx", "2026-04-01T00:00:00+00:00"
    assert proxycore.compute_file_id(key, mtime) == "cfc8698cac65ea10"
    assert proxycore.compute_asset_id(key) == "7148c7c08d3eff73"


def test_options_change_the_picture(frame):
    plain = proxycore.thumbnail(frame)
    config = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
    exposed = proxycore.thumbnail(frame, ocio=config, exposure=1.5)
    shots = [plain, exposed, proxycore.thumbnail(frame, input_space="lin_ap1_scene")]
    shots += [proxycore.thumbnail(frame, layer="R"), proxycore.thumbnail(frame, color="display-p3")]
    assert len(set(shots)) == len(shots)


@pytest.mark.parametrize("color", ["pq", "hlg"])
def test_high_dynamic_range_is_refused_with_a_way_to_have_it(folder, color):
    with pytest.raises(proxycore.InvalidError, match=f"10 bits.*--video-color {color}"):
        proxycore.proxy("frame.exr", color=color)
    with pytest.raises(proxycore.InvalidError, match="10 bits"):
        proxycore.Rendition("proxy", color=color)


@pytest.mark.parametrize(
    "options, error",
    [
        ({"colour": "srgb"}, TypeError),
        ({"exposure": "much"}, TypeError),
        ({"exposure": 1.0}, proxycore.InvalidError),
        ({"fit": "stretch"}, proxycore.InvalidError),
        ({"width": 0}, proxycore.InvalidError),
        ({"width": -1}, proxycore.InvalidError),
        ({"height": 1 << 40}, proxycore.InvalidError),
        ({"level": -1}, proxycore.InvalidError),
        ({"width": "much"}, TypeError),
        ({"color": "rec709"}, proxycore.InvalidError),
        ({"color_precision": "rough"}, proxycore.InvalidError),
        ({"layer": "diffuse"}, proxycore.NoSuchError),
        ({"part": 7}, proxycore.NoSuchError),
        ({"input_space": "no_such_space"}, proxycore.ColorError),
        ({"ocio": "no/such/config.ocio"}, proxycore.ProxycoreError),
    ],
)
def test_options_that_make_no_sense_are_refused(folder, options, error):
    with pytest.raises(error):
        proxycore.thumbnail("frame.exr", **options)


def test_other_threads_go_on_while_a_frame_is_made():
    large = frames.exr(1024, 512, lambda x, y: (x / 1024, y / 512, (x ^ y) / 1024))
    worker = threading.Thread(target=proxycore.proxy, args=(large,))
    ticks = 0
    worker.start()
    while worker.is_alive():
        ticks += 1
    # with the interpreter held there would be a handful
    assert ticks > 100
