from ._proxycore import __version__

__all__ = ["__version__"]
