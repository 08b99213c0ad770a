"""The two modules that a handler around `oiiotool` had, `oiio_processor` and `ocio_transform`, on top of
this library: such a handler works on by changing two import lines.

```python
from proxycore.oiio import OiioError, OiioProcessor              # was: from oiio_processor import ...
from proxycore.oiio import ColorspaceDetectionError, OcioTransform   # was: from ocio_transform import ...
```

There is no `oiiotool` behind it, and no other process. What is new should call `proxycore.Pipeline`
instead, which needs no temporary files.
"""

import os
import uuid
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from . import Pipeline, ProxycoreError, Rendition, Store, info

__all__ = ["ColorspaceDetectionError", "OcioTransform", "OiioError", "OiioProcessor"]

_Path = Union[str, "os.PathLike[str]"]

_STILLS = (".jpg", ".jpeg")
_MOVIES = (".mp4",)

_TARGETS = {"srgb": "srgb", "display p3": "display-p3", "display-p3": "display-p3"}
"""What `OcioTransform.apply` calls a display, and what the library does."""

_SRGB = ("srgb_rec709_display", "srgb_rec709_scene")


class OiioError(Exception):
    """A frame could not be read, or its renditions not be made or written. Why is its `__cause__`: a
    `proxycore.ProxycoreError`, which knows whether trying again helps, or an `OSError`."""


class ColorspaceDetectionError(Exception):
    """A frame's colour space could not be told, or not be transformed. Why is its `__cause__`."""


class OiioProcessor:
    """Makes a thumbnail and a proxy of a file.

    `oiiotool_bin` and `threads` are accepted, so that old calls stand, and ignored: no program is
    started, and the library has a thread for each core.

    >>> from proxycore.oiio import OiioProcessor
    >>> processor = OiioProcessor(oiiotool_bin="/usr/bin/oiiotool", threads=4)
    >>> processor.read_dimensions("frame.exr")
    (64, 36)
    >>> processor.generate_both("frame.exr", "thumb.jpg", "proxy.mp4", proxy_max_width=32)
    (32, 18)
    """

    def __init__(self, oiiotool_bin: str = "oiiotool", threads: int = 0) -> None:
        pass

    def read_dimensions(self, source: _Path) -> Tuple[int, int]:
        """Reads the width and height of the picture in a file, its display window. An `OiioError` says
        that it has none."""
        try:
            picture = info(os.fspath(source))["picture"]
        except ProxycoreError as error:
            raise OiioError(str(error)) from error
        return picture["width"], picture["height"]

    def generate_both(
        self,
        source: _Path,
        thumb_output: _Path,
        proxy_output: _Path,
        source_colorspace: Optional[str] = None,
        thumb_width: int = 256,
        thumb_height: int = 256,
        proxy_max_width: int = 1920,
        proxy_max_height: int = 1080,
    ) -> Tuple[int, int]:
        """Makes a thumbnail of exactly that size, with black bars, and a proxy inside that size, and
        gives the proxy's width and height. The file is decoded once.

        An output that ends in `.jpg` or `.jpeg` is a JPEG in sRGB, one that ends in `.mp4` an H.264
        movie of one frame in Rec.709. Each appears whole or not at all, and neither where one cannot
        be made. The config is that of `$OCIO`, else of `$OCIO_CONFIG_PATH`. `source_colorspace` is
        what `OcioTransform.detect_colorspace` says, or a name of the config's; without one it is
        detected. Whatever fails is an `OiioError`.
        """
        thumb = _Output(thumb_output, "thumb", thumb_width, thumb_height, "letterbox")
        proxy = _Output(proxy_output, "preview", proxy_max_width, proxy_max_height, "inside")
        try:
            options = _space_of(source, source_colorspace)
            # a run makes each kind once
            for outputs in [[thumb, proxy]] if thumb.kind != proxy.kind else [[thumb], [proxy]]:
                _make(source, outputs, options)
            _write({thumb.path: thumb.data, proxy.path: proxy.data})
        except (ProxycoreError, OSError) as error:
            raise OiioError(str(error)) from error
        return proxy.size


class OcioTransform:
    """Tells colour spaces, and writes pictures for a display.

    `config_path` is an OpenColorIO config; without one it is `$OCIO`, else `$OCIO_CONFIG_PATH`, else
    the built-in transforms. One that is not there is an error, and not passed over. `dev_mode` leaves
    sources as they are.

    >>> from proxycore.oiio import OcioTransform
    >>> transform = OcioTransform(config_path=None)
    >>> transform.detect_colorspace("frame.exr")
    'lin_rec709_scene'
    >>> transform.apply("frame.exr")
    'frame__sRGB.jpg'
    """

    def __init__(self, config_path: Optional[_Path] = None, dev_mode: bool = False) -> None:
        self.config_path = config_path
        self.dev_mode = dev_mode

    def detect_colorspace(self, source: _Path) -> str:
        """Says which colour space a file is in, by its Color Interop ID, such as `lin_ap1_scene`. A
        file that cannot be read is a `ColorspaceDetectionError`."""
        try:
            space = info(os.fspath(source), ocio=self.config_path or None)["colorspace"]
        except ProxycoreError as error:
            raise ColorspaceDetectionError(str(error)) from error
        return str(space)

    def apply(self, source: _Path, target_colorspace: str = "sRGB") -> str:
        """Writes a file's picture for a display, and gives the new file's path.

        It is a JPEG in full size, 8 bits, beside the source: `shot/a.0001.exr` gives
        `shot/a.0001__sRGB.jpg`, and one that stands there is replaced. `target_colorspace` is `sRGB`
        or `Display P3`; a movie's Rec.709 is made by `OiioProcessor.generate_both` alone. Who calls
        removes the file. A source that is in sRGB already, and any source in `dev_mode`, is given back
        as it is. Whatever fails is a `ColorspaceDetectionError`, but a missing source, which is a
        `FileNotFoundError`.
        """
        path = os.fspath(source)
        if self.dev_mode:
            return path
        color = _TARGETS.get(target_colorspace.lower())
        if color is None:
            raise ColorspaceDetectionError(f"no still is made in {target_colorspace}, but in sRGB")
        if not os.path.exists(path):
            raise FileNotFoundError(f"source file not found: {path}")
        if color == "srgb" and self.detect_colorspace(path) in _SRGB:
            return path
        target = _Output(f"{os.path.splitext(path)[0]}__{target_colorspace}.jpg", "preview", color=color)
        try:
            _make(path, [target], {"ocio": self.config_path or None})
            _write({target.path: target.data})
        except (ProxycoreError, OSError) as error:
            raise ColorspaceDetectionError(str(error)) from error
        return target.path


class _Output:
    """A file that is wanted, and what was made for it. `still` is the rendition that is a JPEG."""

    def __init__(
        self,
        path: _Path,
        still: str,
        width: Optional[int] = None,
        height: Optional[int] = None,
        fit: Optional[str] = None,
        color: Optional[str] = None,
    ) -> None:
        self.path = os.fspath(path)
        extension = os.path.splitext(self.path)[1].lower()
        if extension not in _STILLS + _MOVIES:
            raise OiioError(f"{self.path}: an output ends in .jpg, .jpeg or .mp4")
        self.kind = still if extension in _STILLS else "proxy"
        self.wanted: Dict[str, Any] = {"width": width, "height": height, "fit": fit, "color": color}
        self.data = b""
        self.size = (0, 0)


class _Shelf:
    """A storage that keeps what a run makes until it is known to be whole."""

    bucket = ""
    url = "memory:"

    def __init__(self) -> None:
        self.objects: Dict[str, bytes] = {}

    def head(self, key: str) -> Mapping[str, Any]:
        return {"size": len(self._find(key))}

    def read(self, key: str, start: int, end: int) -> bytes:
        return self._find(key)[start:end]

    def put(self, key: str, data: bytes, attributes: Mapping[str, Any]) -> None:
        self.objects[key] = data

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def _find(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            raise FileNotFoundError(key) from None


def _space_of(source: _Path, named: Optional[str]) -> Dict[str, Any]:
    """The option that says which space a source is in. One that was detected is left to be detected
    again: the file knows more of it, such as an ICC profile, than its name does."""
    if not named or named == info(os.fspath(source))["colorspace"]:
        return {}
    return {"input_space": named}


def _make(source: _Path, outputs: List[_Output], options: Mapping[str, Any]) -> None:
    folder, name = os.path.split(os.path.abspath(source))
    shelf = _Shelf()
    renditions = [Rendition(each.kind, **each.wanted) for each in outputs]  # type: ignore[arg-type]
    result = Pipeline(Store(folder), output=shelf, renditions=renditions, **options).run(name)
    for output, made in zip(outputs, result.renditions):
        output.data, output.size = shelf.objects[made.key], (made.width, made.height)


def _write(files: Mapping[str, bytes]) -> None:
    """Writes files that appear whole, and none before all are written."""
    parts = {path: os.path.join(os.path.dirname(path), f".{uuid.uuid4().hex}.part") for path in files}
    try:
        for path, data in files.items():
            with open(parts[path], "xb") as file:
                file.write(data)
        for path in files:
            os.replace(parts[path], path)
    finally:
        for part in parts.values():
            if os.path.exists(part):
                os.unlink(part)
