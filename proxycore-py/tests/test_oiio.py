"""What a handler around oiiotool had is here under the same names."""

import os
import re
import struct

import pytest

import frames
import proxycore
from proxycore.oiio import ColorspaceDetectionError, OcioTransform, OiioError, OiioProcessor

# written against the old modules, but for where the names come from
HANDLER = '''
import os
import tempfile

from oiio_processor import OiioProcessor, OiioError
from ocio_transform import OcioTransform, ColorspaceDetectionError


def handler(source, dev_mode=False):
    thumb = tempfile.mktemp(suffix="_thumb.jpg")
    proxy = tempfile.mktemp(suffix="_proxy.mp4")
    try:
        transform = OcioTransform(config_path=os.environ.get("OCIO_CONFIG_PATH"), dev_mode=dev_mode)
        colorspace = transform.detect_colorspace(source)
        processor = OiioProcessor(oiiotool_bin="oiiotool", threads=2)
        size = processor.generate_both(
            source=source, thumb_output=thumb, proxy_output=proxy, source_colorspace=colorspace
        )
        with open(thumb, "rb") as still, open(proxy, "rb") as movie:
            return {"status": "success", "colorspace": colorspace, "size": size,
                    "thumb": still.read(), "proxy": movie.read()}
    except (OiioError, ColorspaceDetectionError) as exc:
        return {"status": "error", "error": str(exc)}
    finally:
        for path in (thumb, proxy):
            if os.path.exists(path):
                os.unlink(path)
'''


@pytest.fixture
def handler(folder, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(folder))
    names = {}
    text, count = re.subn("from (oiio_processor|ocio_transform) import", "from proxycore.oiio import", HANDLER)
    assert count == 2, "two lines are all that changes"
    exec(text, names)
    return names["handler"]


def jpeg_size(data):
    """Width and height from a baseline JPEG's SOF0 segment."""
    height, width = struct.unpack(">HH", data[data.index(b"\xff\xc0") + 5 :][:4])
    return width, height


def test_an_old_handler_works(handler, folder, frame):
    told = handler("frame.exr")
    assert told["status"] == "success", told
    assert (told["colorspace"], told["size"]) == ("lin_rec709_scene", (64, 36))
    assert told["thumb"] == proxycore.thumbnail(frame)
    assert told["proxy"] == proxycore.proxy(frame)


def test_an_old_handler_is_told_of_damage(handler, folder, frame):
    (folder / "damaged.exr").write_bytes(frame[:5000])
    told = handler("damaged.exr")
    assert told["status"] == "error" and "damaged.exr" in told["error"]
    assert handler("missing.exr")["status"] == "error"


def test_dimensions_are_the_pictures(folder):
    assert OiioProcessor().read_dimensions(folder / "frame.exr") == (64, 36)
    with pytest.raises(OiioError) as caught:
        OiioProcessor().read_dimensions("missing.exr")
    assert isinstance(caught.value.__cause__, proxycore.NotFoundError)


@pytest.mark.parametrize("thumb", ["thumb.jpg", "thumb.JPEG", "thumb.mp4"])
@pytest.mark.parametrize("proxy", ["proxy.jpg", "proxy.mp4"])
def test_the_extension_says_what_is_made(folder, thumb, proxy):
    sizes = {"thumb_width": 40, "thumb_height": 30, "proxy_max_width": 32, "proxy_max_height": 32}
    assert OiioProcessor().generate_both("frame.exr", thumb, folder / proxy, **sizes) == (32, 18)
    for name, size in ((thumb, (40, 30)), (proxy, (32, 18))):
        data = (folder / name).read_bytes()
        if name.endswith("mp4"):
            assert data[4:8] == b"ftyp"
            assert struct.pack(">II", size[0] << 16, size[1] << 16) in data, "the track's size"
        else:
            assert jpeg_size(data) == size


def test_an_extension_that_is_neither_is_an_error(folder):
    with pytest.raises(OiioError, match="proxy.png"):
        OiioProcessor().generate_both("frame.exr", "thumb.jpg", "proxy.png")
    assert not os.path.exists("thumb.jpg")


def test_a_space_that_is_named_is_believed(folder, frame):
    OiioProcessor().generate_both("frame.exr", "thumb.jpg", "proxy.mp4", "ACEScg")
    thumb = (folder / "thumb.jpg").read_bytes()
    assert thumb == proxycore.thumbnail(frame, input_space="lin_ap1_scene")
    assert thumb != proxycore.thumbnail(frame)
    with pytest.raises(OiioError) as caught:
        OiioProcessor().generate_both("frame.exr", "thumb.jpg", "proxy.mp4", "no such space")
    assert isinstance(caught.value.__cause__, proxycore.ColorError)


@pytest.mark.parametrize("proxy", ["missing/proxy.mp4", "shot.mp4"])
def test_nothing_is_left_half_written(folder, proxy):
    (folder / "shot.mp4").mkdir()
    (folder / "thumb.jpg").write_bytes(b"old")
    before = sorted(os.listdir(folder))
    with pytest.raises(OiioError) as caught:
        OiioProcessor().generate_both("frame.exr", "other.jpg", proxy)
    assert isinstance(caught.value.__cause__, OSError)
    left = sorted(set(os.listdir(folder)) - {"other.jpg"})
    assert left == before, "no parts stay"
    if os.path.exists("other.jpg"):
        assert (folder / "other.jpg").read_bytes()[-2:] == b"\xff\xd9"


def test_a_damaged_frame_replaces_nothing(folder, frame):
    (folder / "damaged.exr").write_bytes(frame[:5000])
    for name in ("thumb.jpg", "proxy.mp4"):
        (folder / name).write_bytes(b"old")
    with pytest.raises(OiioError) as caught:
        OiioProcessor().generate_both("damaged.exr", "thumb.jpg", "proxy.mp4")
    assert isinstance(caught.value.__cause__, proxycore.CorruptError)
    assert (folder / "thumb.jpg").read_bytes() == (folder / "proxy.mp4").read_bytes() == b"old"


def test_apply_writes_a_picture_beside_the_source(folder):
    path = OcioTransform().apply(folder / "shot" / "a.0001.exr")
    assert path == str(folder / "shot" / "a.0001__sRGB.jpg")
    data = open(path, "rb").read()
    assert jpeg_size(data) == (64, 36)
    # what is in sRGB needs no transform
    assert OcioTransform().detect_colorspace(path).startswith("srgb_rec709")
    assert OcioTransform().apply(path) == path
    assert OcioTransform(dev_mode=True).apply("frame.exr") == "frame.exr"


def test_what_apply_cannot_do_is_told(folder):
    (folder / "text.exr").write_text("hello")
    with pytest.raises(ColorspaceDetectionError, match="Rec.709"):
        OcioTransform().apply("frame.exr", "Rec.709")
    with pytest.raises(FileNotFoundError):
        OcioTransform().apply("missing.exr")
    with pytest.raises(ColorspaceDetectionError) as caught:
        OcioTransform().apply("text.exr")
    assert isinstance(caught.value.__cause__, proxycore.UnknownFormatError)


def test_a_config_that_is_not_there_is_told(folder):
    transform = OcioTransform(config_path="missing.ocio")
    for call in (transform.detect_colorspace, transform.apply):
        with pytest.raises(ColorspaceDetectionError) as caught:
            call("frame.exr")
        assert isinstance(caught.value.__cause__, proxycore.ProxycoreError)


def test_the_display_window_is_the_picture(folder):
    (folder / "wide.exr").write_bytes(frames.exr(200, 40))
    assert OiioProcessor().generate_both("wide.exr", "t.jpg", "p.mp4", proxy_max_width=100) == (100, 20)
