"""The private half of `proxycore`, written in Rust."""

import os
from fractions import Fraction
from typing import (
    Any,
    BinaryIO,
    Callable,
    Final,
    Iterable,
    Literal,
    Mapping,
    Sequence,
    TypedDict,
    Union,
    final,
)

from typing_extensions import Buffer, Self, TypeAlias, Unpack, disjoint_base

from ._protocols import EventSink, MetadataSink, Storage

__all__ = [
    "Event",
    "Found",
    "Made",
    "Persistence",
    "Pipeline",
    "Pixels",
    "Rendition",
    "Result",
    "Rows",
    "Store",
    "__version__",
    "compute_asset_id",
    "compute_file_id",
    "info",
    "pixels",
    "proxy",
    "thumbnail",
]

__version__: Final[str]
"""The version of the wheel, and of the Rust crate inside it."""

_Path: TypeAlias = Union[str, os.PathLike[str]]
_Source: TypeAlias = Union[str, os.PathLike[str], Buffer, BinaryIO]
_Place: TypeAlias = Union[str, os.PathLike[str], Store, Storage]
_Fit: TypeAlias = Literal["letterbox", "inside", "crop"]

class _Options(TypedDict, total=False):
    """What of a frame is shown, and in which colours; the same for every call that reads frames."""

    ocio: Union[_Path, None]
    """An OpenColorIO config: a `.ocio` or `.ocioz` file, or `ocio://NAME`; else `$OCIO`, else
    `$OCIO_CONFIG_PATH`, else the built-in transforms."""
    input_space: Union[str, None]
    """The space that the frame is in, by Color Interop ID or the config's name; else what the file
    says of itself."""
    display: Union[str, None]
    """A display of the config; else its first."""
    display_view: Union[str, None]
    """A view of that display; else its first."""
    display_space: Union[str, None]
    """The space of the view's codes, by Color Interop ID, whatever the config's names say."""
    look: Union[str, None]
    """Looks instead of the view's own, such as `+grade,-neutral`; none where it is empty."""
    exposure: float
    """Stops of exposure, through a config."""
    color_precision: Literal["fast", "exact"]
    """Whether a view may be near enough (dE2000 under 0.5 of the pixels tried), the default, or is
    gone through op by op."""
    context: Union[Mapping[str, str], None]
    """Variables of the config's context."""
    part: Union[str, int, None]
    """A part (subimage, page) by its name or its number from 0; else the beauty."""
    layer: Union[str, None]
    """A layer, or one channel by its whole name."""
    view: Union[str, None]
    """A view of a stereo frame, such as `right`."""
    level: Union[int, None]
    """A level of a mip map, 0 for the full one; else the smallest that serves."""
    partial: bool
    """Whether what is whole of a damaged frame is shown, and the rest hatched."""

_BurnItem = Literal["frame", "timecode", "name", "space"]

class _Assembly(TypedDict, total=False):
    """How a sequence becomes a movie."""

    fps: Union[float, str, Fraction, None]
    """Frames per second: `25`, `23.976` (24000/1001 exactly), `"24000/1001"`, a `Fraction`; else what
    the files say, else 24."""
    range: Union[str, Iterable[int], None]
    """The frames that are taken: `"1001-1100"`, `"1-10x2,15"`, or numbers; else all from the first to
    the last."""
    step: Union[int, None]
    """Every how many of them; else each."""
    missing: Literal["error", "hold", "nearest", "black", "slate"]
    """Where a frame is missing or damaged: an error (the default), the frame before it, the nearest
    one, black, or a slate with its number."""
    poster: Union[int, Literal["auto", "middle"], None]
    """The frame that the stills show; it is remembered. Else what was chosen before, else one in the
    middle that is neither black nor in a fade."""
    segments: bool
    """Whether the movie's groups of pictures are kept as objects beside it, so that a frame that
    changes or comes costs its group alone."""
    burn_in: Union[_BurnItem, Iterable[_BurnItem], None]
    """What is written into each frame."""
    burn_in_text: Union[str, None]
    """A line of one's own, on the upper left."""
    slate: bool
    """Whether the movie begins with a picture that tells its name, frames, rate, start, size and
    colour space."""
    font: Union[_Path, Iterable[_Path], None]
    """Font files (TrueType or OpenType) for letters of burn-ins, slates and contact sheets that the
    built-in font, with Latin, Greek and Cyrillic, lacks."""

def thumbnail(
    source: _Source,
    *,
    width: int = 256,
    height: int | None = None,
    fit: _Fit = "letterbox",
    color: Literal["srgb", "display-p3"] = "srgb",
    storage: _Place | None = None,
    **options: Unpack[_Options],
) -> bytes:
    """Makes a JPEG of one frame.

    `source` is a path, a URL (`s3://bucket/key`, `file:///...`), the frame's bytes, in whatever lays
    them out in memory, or a file that is open for bytes; with `storage`, a key in it. `height` is
    `width` where nothing is said. `fit` is
    how the picture sits in that size: whole, with black bars; `inside` it, keeping its shape; or
    filling it, cropped. It is never enlarged. `color` is the display that it is for. The options are
    those of all calls: `ocio`, `input_space`, `display`, `display_view`, `display_space`, `look`,
    `exposure`, `color_precision`, `context` for the colours; `part`, `layer`, `view`, `level`,
    `partial` for what is shown.

    >>> thumbnail("frame.exr")[:3]
    b'\\xff\\xd8\\xff'
    >>> with open("frame.exr", "rb") as file:
    ...     small = thumbnail(file, width=128)
    """

def proxy(
    source: _Source,
    *,
    width: int = 1920,
    height: int = 1080,
    fit: _Fit = "inside",
    color: Literal["rec709", "srgb"] = "rec709",
    storage: _Place | None = None,
    **options: Unpack[_Options],
) -> bytes:
    """Makes an H.264 movie in MP4 of one frame, of even size, tagged with its colours.

    `color` is the display that it is for: `rec709` (BT.1886, for video displays), or `srgb` for
    computers'. `pq` and `hlg` need encoders of 10 bits, which the command line has: they are an
    `InvalidError` that says so. Everything else is as in `thumbnail`.

    >>> proxy("frame.exr")[4:8]
    b'ftyp'
    """

def pixels(
    source: _Source,
    *,
    width: int | None = None,
    height: int | None = None,
    encoded: bool = False,
    storage: _Place | None = None,
    **options: Unpack[_Options],
) -> Pixels: ...
def info(
    source: _Source, *, storage: _Place | None = None, **options: Unpack[_Options]
) -> dict[str, Any]:
    """Says what a frame is: its parts and channels, the picture that is shown, its colour space and
    the rule that found it. The dict is that of `proxycore info --json`.

    >>> told = info("frame.exr")
    >>> told["format"], told["colorspace"], told["picture"]["width"]
    ('OpenEXR', 'lin_rec709_scene', 64)
    """

def compute_file_id(key: str, mtime: str = "") -> str:
    """Names a file in one state of it: 16 hex digits of key and time, as the inspector of EXR files
    computes them.

    `mtime` is the store's Last-Modified, `2026-04-01T00:00:00+00:00`; empty where there is none.

    >>> compute_file_id("renders/shot_010/beauty.0001.exr")
    '9e042a18b3ad6b9e'
    """

def compute_asset_id(key: str) -> str:
    """Names a file in any state of it: 16 hex digits of its key.

    >>> compute_asset_id("renders/shot_010/beauty.0001.exr")
    '3c6e1c31ae45e0f1'
    """

@disjoint_base
class Pipeline:
    """The half of `proxycore.Pipeline` that is written in Rust."""

    def __new__(
        cls,
        storage: _Place,
        *,
        output: _Place | None = None,
        template: str | None = None,
        renditions: Sequence[str | Rendition] | None = None,
        metadata: str | MetadataSink | Sequence[str | MetadataSink] | None = None,
        events: str | EventSink | Sequence[str | EventSink] | None = None,
        force: bool = False,
        prove: bool = False,
        data_note: bool = False,
        **options: Unpack[_Options],
    ) -> Self: ...
    def run(self, key: str, force: bool = False) -> Result:
        """Makes the renditions of the source at `key`, keeps its row and publishes its event.

        Where everything stands and is up to date nothing is decoded, unless `force` says so; the row
        and the event go out all the same. What raises an error that `is_retryable` may be run again.

        >>> result = Pipeline(".").run("frame.exr")
        >>> result.status, result.thumbnail_key
        ('success', '.proxies/frame_thumb.jpg')
        """

    def plan(self, key: str) -> dict[str, Any]:
        """Says what `run` would read and write, and does neither. Only headers are read, and the pixels
        of a picture that is of numbers, such as depth.

        >>> [each["name"] for each in Pipeline(".").plan("frame.exr")["writes"]]
        ['thumb', 'proxy']
        """

    def run_sequence(
        self,
        pattern: str,
        *,
        force: bool = False,
        on_frame: Callable[[], object] | None = None,
        **assembly: Unpack[_Assembly],
    ) -> Result:
        """Makes the movie and the stills of a sequence, keeps its row and publishes its event.

        `pattern` is a key with a place for the frame number: `shot/a.%04d.exr`, `shot/a.####.exr`,
        `shot/a.1001-1100#.exr`. How it becomes a movie is said by `fps`, `range`, `step`, `missing`
        and `poster`. Memory does not grow with its length. `on_frame` is called for each frame of
        the movie, from any thread; what it raises is raised once the work is done.

        >>> result = Pipeline(".").run_sequence("shot/a.%04d.exr", fps=23.976)
        >>> result.frame_range, result.fps, result.proxy_key
        ('1-3', '24000/1001', 'shot/.proxies/a_proxy.mp4')
        """

    def plan_sequence(self, pattern: str, **assembly: Unpack[_Assembly]) -> dict[str, Any]:
        """Says what `run_sequence` would read and write, and does neither. What is read is as in
        `plan`.

        >>> Pipeline(".").plan_sequence("shot/a.####.exr", range="1-2")["source_key"]
        'shot/a.%04d.exr'
        """

    def find(self, folder: str = "") -> list[Found]:
        """Finds the sequences below a folder, and the frames by themselves.

        `folder` is its name with its `/`, or nothing for the whole storage; hidden files and folders
        of outputs are left out.

        >>> [each.key for each in Pipeline(".").find("shot/")]
        ['shot/a.%04d.exr']
        """

@final
class Found:
    """A sequence, or a frame by itself.

    >>> pipeline = Pipeline(".", renditions=["thumb"])
    >>> for found in pipeline.find():
    ...     make = pipeline.run_sequence if found.is_sequence else pipeline.run
    ...     found.key, found.frames, make(found.key).thumbnail_key
    ('frame.exr', '', '.proxies/frame_thumb.jpg')
    ('shot/a.%04d.exr', '1-3', 'shot/.proxies/a_thumb.jpg')
    """

    @property
    def key(self) -> str:
        """The key of the frame, or the pattern of the sequence, `a/shot.%04d.exr`."""

    @property
    def is_sequence(self) -> bool:
        """Whether it is a sequence."""

    @property
    def frames(self) -> str:
        """The frames of a sequence, such as `1001-1100`; empty for a frame by itself."""

    @property
    def missing(self) -> str:
        """The frames that are missing between its first and its last."""

    @property
    def count(self) -> int:
        """How many frames there are."""

    @property
    def size_bytes(self) -> int:
        """Bytes of all frames together."""

@final
class Pixels:
    """A picture of R, G, B in memory, for whoever follows `__array_interface__`."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, and 3."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Where the memory lies, version 3 of NumPy's array interface."""

@final
class Rendition:
    """One thing to make of a source, where its name alone does not say it.

    >>> large = Rendition("thumb", width=512, fit="crop")
    >>> large.name
    'thumb'
    """

    def __new__(
        cls,
        name: Literal["thumb", "proxy", "preview", "sheet", "sprite"],
        *,
        width: int | None = None,
        height: int | None = None,
        fit: _Fit | None = None,
        color: Literal["srgb", "display-p3", "rec709"] | None = None,
    ) -> Self:
        """`thumb` is a JPEG of 256x256, letterboxed; `proxy` an H.264 MP4 inside 1920x1080; `preview`
        a JPEG in full resolution; `sheet` and `sprite` are frames of a sequence side by side, inside
        320x320 and 160x160 each. One side alone is that of a square for a `thumb`, and where there may
        be bars (`letterbox`, `crop`); else it bounds nothing but itself. `color` is `srgb` or
        `display-p3` for stills, `rec709` or `srgb` for movies; `pq` and `hlg` need the command line."""

    @property
    def name(self) -> str:
        """`thumb`, `proxy`, `preview`, `sheet` or `sprite`."""

@final
class Store:
    """A storage of the library's own: a folder, a bucket, or memory.

    >>> store = Store("memory:renders")
    >>> with open("frame.exr", "rb") as file:
    ...     store.put("shot/frame.exr", file.read())
    >>> Pipeline(store, renditions=["thumb"]).run("shot/frame.exr").thumbnail_key
    'shot/.proxies/frame_thumb.jpg'
    >>> sorted(store.list())
    ['shot/.proxies/frame_thumb.jpg', 'shot/frame.exr']
    """

    def __new__(
        cls,
        place: _Path,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        path_style: bool | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        token: str | None = None,
    ) -> Self:
        """`place` is a folder, `s3://bucket`, or `memory:NAME`.

        `endpoint` is the server of an S3 that is not Amazon's, without TLS only where it says
        `http://`; with one, the bucket goes into the path unless `path_style` says no. What is not
        said is taken from the environment: `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
        `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, or the machine's role.
        """

    @property
    def bucket(self) -> str:
        """The bucket's name, or the folder; what rows have as `s3_bucket`."""

    @property
    def url(self) -> str:
        """What stands before a `/` and a key in an object's URI."""

    def exists(self) -> bool:
        """Whether the bucket is there; a folder is taken to be. To know it takes the right to list."""

    def head(self, key: str) -> dict[str, Any]:
        """Says what is known of an object: `size`, `last_modified`, `etag`, `content_type`, `tags`,
        `metadata`. A missing one is a `NotFoundError`."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Reads an object, or the bytes from `start` up to `end`."""

    def put(self, key: str, data: Buffer, attributes: Mapping[str, Any] | None = None) -> None:
        """Writes an object, or replaces it. `attributes` may have `content_type`, `tags` and
        `metadata`."""

    def delete(self, key: str) -> None:
        """Removes an object; one that does not exist is removed already."""

    def list(self, prefix: str = "") -> list[str]:
        """The keys of all objects below `prefix`, a folder's name with its `/`, in no promised
        order."""

@final
class Result:
    """What became of a source. In a notebook it shows its thumbnail.

    >>> result = Pipeline(".", renditions=["thumb"]).run("frame.exr")
    >>> result.renditions[0].width, result.to_dict()["asset_id"] == result.asset_id
    (256, True)
    """

    @property
    def status(self) -> str:
        """`success`, or `partial` where pixels are missing and shown hatched."""

    @property
    def skipped(self) -> bool:
        """Whether everything stood already, and nothing was made."""

    @property
    def asset_id(self) -> str:
        """The source, in any state."""

    @property
    def source_key(self) -> str:
        """The source's key."""

    @property
    def thumbnail_key(self) -> str:
        """The thumbnail's key; empty where none was asked for."""

    @property
    def proxy_key(self) -> str:
        """The proxy's key; empty where none was asked for."""

    @property
    def thumbnail_size_bytes(self) -> int:
        """Bytes of the thumbnail."""

    @property
    def proxy_size_bytes(self) -> int:
        """Bytes of the proxy."""

    @property
    def source_size_bytes(self) -> int:
        """Bytes of the source."""

    @property
    def colorspace(self) -> str:
        """The source's colour space, by Color Interop ID."""

    @property
    def colorspace_rule(self) -> str:
        """The rule that found it."""

    @property
    def colorspace_certainty(self) -> str:
        """How sure that is: `stated`, `derived` or `guessed`."""

    @property
    def color_transform(self) -> dict[str, Any] | None:
        """The config and its hash, display, view and looks that the colours went through. `None` where an
        older version made the outputs."""

    @property
    def color_precision(self) -> str:
        """`exact`, or `fast` for a transform that cannot be told from it."""

    @property
    def color_error(self) -> float | None:
        """The largest dE2000 between the fast transform and the exact one, where it was fast."""

    @property
    def frame_range(self) -> str | None:
        """The frames of a sequence's movie, such as `1001-1100`; nothing for a single frame."""

    @property
    def missing(self) -> str | None:
        """Those of them that are not there, or damaged and taken as that."""

    @property
    def fps(self) -> str | None:
        """A sequence's frames per second, a whole number or a fraction: `24000/1001`."""

    @property
    def poster(self) -> int | None:
        """The frame that a sequence's stills show."""

    @property
    def processing_time_seconds(self) -> float:
        """Seconds from opening the source to the last rendition."""

    @property
    def persistence(self) -> Persistence:
        """What became of the row."""

    @property
    def renditions(self) -> list[Made]:
        """What was made, in the order it was asked for."""

    @property
    def warnings(self) -> list[str]:
        """What a person should know of it."""

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict that JSON can write: what a serverless handler returns."""

    @staticmethod
    def from_dict(told: dict[str, Any]) -> Result:
        """Reads what `to_dict` has written. Such a result cannot read its thumbnail."""

    def read_thumbnail(self) -> bytes:
        """Reads the thumbnail from where it was written."""

    def _repr_html_(self) -> str | None: ...
    def __reduce__(self) -> tuple[Any, tuple[Any]]: ...

@final
class Persistence:
    """What became of the row."""

    @property
    def status(self) -> str:
        """`success`, or `skipped` where no sink was given."""

    @property
    def file_id(self) -> str:
        """The source, in the state it was in."""

    @property
    def proxy_id(self) -> str:
        """What this recipe made of it."""

    @property
    def inserted(self) -> bool:
        """Whether the row is new."""

@final
class Made:
    """A rendition that stands."""

    @property
    def name(self) -> str:
        """`thumb`, `proxy`, `preview`, `sheet` or `sprite`."""

    @property
    def key(self) -> str:
        """Its key."""

    @property
    def uri(self) -> str:
        """Its URI."""

    @property
    def media_type(self) -> str:
        """Its MIME type, such as `image/jpeg`."""

    @property
    def width(self) -> int:
        """Pixels in a row."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def bytes(self) -> int:
        """Its size in bytes."""

    @property
    def colorspace(self) -> str:
        """Its colour space, by Color Interop ID."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hex."""

    @property
    def proof(self) -> dict[str, Any] | None:
        """How near to its light it was found, where `prove` asked for that when it was made."""

@final
class Rows:
    """Rows of one table. `pyarrow.record_batch(rows)` takes them without a copy, and so does
    everything else that follows Arrow's PyCapsule interface."""

    @property
    def table(self) -> str:
        """`proxy_outputs`, or `proxy_renditions`."""

    def __len__(self) -> int: ...
    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts, columns in order."""

    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Event:
    """The news that a source's renditions can be had."""

    @property
    def key(self) -> str:
        """The asset, by which a broker keeps one asset's events in order."""

    @property
    def value(self) -> bytes:
        """The event as JSON."""

    def to_dict(self) -> dict[str, Any]:
        """The event as a dict."""
