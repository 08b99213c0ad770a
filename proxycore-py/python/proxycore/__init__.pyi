"""Film frames to thumbnails, H.264 proxies and previews, with the right colours."""

from ._proxycore import __version__

__all__ = ["__version__"]
