"""The private half of `proxycore`, written in Rust."""

from typing import Final

__all__ = ["__version__"]

__version__: Final[str]
"""The version of the wheel, and of the Rust crate inside it."""
