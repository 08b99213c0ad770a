from . import _proxycore
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


def pixels(source, *, width=None, height=None, encoded=False, storage=None, **options):
    """Gives a frame's pixels to NumPy, without a copy: rows, columns, and R, G, B."""
    import numpy

    made = _proxycore.pixels(
        source, width=width, height=height, encoded=encoded, storage=storage, **options
    )
    return numpy.asarray(made)
