"""Film frames to thumbnails, H.264 proxies and previews, with the right colours."""

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
from typing_extensions import Unpack

from ._errors import (
    ChangedError,
    CollisionError,
    ColorError,
    CorruptError,
    DeniedError,
    EncodeError,
    InvalidError,
    LimitError,
    MissingFeatureError,
    NoSuchError,
    NotFoundError,
    ProofError,
    ProxycoreError,
    RefusedError,
    SinkError,
    StorageError,
    UnknownFormatError,
    UnsupportedError,
)
from ._pipeline import Pipeline
from ._protocols import EventSink, MetadataSink, Storage
from ._proxycore import (
    _Options,
    _Place,
    _Source,
    Event,
    Found,
    Made,
    Persistence,
    Rendition,
    Result,
    Rows,
    Store,
    __version__,
    compute_asset_id,
    compute_file_id,
    info,
    proxy,
    thumbnail,
)

__all__ = [
    "ChangedError",
    "CollisionError",
    "ColorError",
    "CorruptError",
    "DeniedError",
    "EncodeError",
    "Event",
    "EventSink",
    "Found",
    "InvalidError",
    "LimitError",
    "Made",
    "MetadataSink",
    "MissingFeatureError",
    "NoSuchError",
    "NotFoundError",
    "Persistence",
    "Pipeline",
    "ProofError",
    "ProxycoreError",
    "RefusedError",
    "Rendition",
    "Result",
    "Rows",
    "SinkError",
    "Storage",
    "StorageError",
    "Store",
    "UnknownFormatError",
    "UnsupportedError",
    "__version__",
    "compute_asset_id",
    "compute_file_id",
    "info",
    "pixels",
    "proxy",
    "thumbnail",
]


@overload
def pixels(
    source: _Source,
    *,
    width: int | None = None,
    height: int | None = None,
    encoded: Literal[False] = False,
    storage: _Place | None = None,
    **options: Unpack[_Options],
) -> npt.NDArray[np.float32]:
    """Gives a frame's pixels to NumPy, without a copy: rows, columns, and R, G, B.

    They are display-linear light, `float32` from 0 to 1 with Rec.709 primaries, or, `encoded`, sRGB
    codes, `uint8`. The picture keeps its shape inside `width` and `height`, and is full-sized where
    neither is said. Everything else is as in `thumbnail`. NumPy must be installed.

    >>> light = pixels("frame.exr", width=32)
    >>> light.shape, light.dtype.name
    ((18, 32, 3), 'float32')
    >>> pixels("frame.exr", encoded=True).dtype.name
    'uint8'
    """

@overload
def pixels(
    source: _Source,
    *,
    width: int | None = None,
    height: int | None = None,
    encoded: Literal[True],
    storage: _Place | None = None,
    **options: Unpack[_Options],
) -> npt.NDArray[np.uint8]: ...
@overload
def pixels(
    source: _Source,
    *,
    width: int | None = None,
    height: int | None = None,
    encoded: bool,
    storage: _Place | None = None,
    **options: Unpack[_Options],
) -> npt.NDArray[Any]: ...
