"""What calls raise: one base, and a class for each kind of failure."""

from typing import Optional


class ProxycoreError(Exception):
    """What every call raises; but a value of a wrong type is a `TypeError`, as anywhere.

    >>> import proxycore
    >>> try:
    ...     proxycore.info("missing.exr")
    ... except proxycore.ProxycoreError as error:
    ...     print(error.kind, error.is_retryable, isinstance(error, FileNotFoundError))
    not_found False True
    """

    kind: str = "error"
    """A stable name of what went wrong, such as `corrupt`."""
    is_retryable: bool = False
    """Whether the same call may succeed later."""
    is_of_source: bool = False
    """Whether it lies in the source or its key: the same call fails until there is another. Else time, a
    right or a setting mends it."""
    key: Optional[str] = None
    """The object that it went wrong with, where it is known."""

    def __init__(self, message: str = "", *, key: Optional[str] = None) -> None:
        super().__init__(message)
        if key is not None:
            self.key = key


class NotFoundError(ProxycoreError, FileNotFoundError):
    """There is no such object."""

    kind = "not_found"
    is_of_source = True


class UnknownFormatError(ProxycoreError):
    """The content is of no format that is decoded."""

    kind = "unknown_format"
    is_of_source = True


class CorruptError(ProxycoreError):
    """The content is damaged, truncated or contradicts itself."""

    kind = "corrupt"
    is_of_source = True


class UnsupportedError(ProxycoreError):
    """The content is valid, and not decoded."""

    kind = "unsupported"
    is_of_source = True


class LimitError(ProxycoreError):
    """The content asks for more than is allowed."""

    kind = "limit"
    is_of_source = True


class NoSuchError(ProxycoreError):
    """A part, layer or view was named that the file does not have."""

    kind = "no_such"


class ColorError(ProxycoreError):
    """The colour space or transform cannot be had."""

    kind = "color"
    is_of_source = True


class EncodeError(ProxycoreError):
    """An encoder refused or failed."""

    kind = "encode"
    is_of_source = True


class ProofError(ProxycoreError):
    """What was made does not show what it was made from."""

    kind = "proof"
    is_of_source = True


class CollisionError(ProxycoreError):
    """The object that would be written belongs to another source."""

    kind = "collision"
    is_of_source = True


class ChangedError(ProxycoreError):
    """The source was replaced while it was read."""

    kind = "changed"
    is_retryable = True


class DeniedError(ProxycoreError, PermissionError):
    """One has no right to read or write it."""

    kind = "denied"


class StorageError(ProxycoreError):
    """Reading or writing an object failed."""

    kind = "storage"
    is_retryable = True


class SinkError(ProxycoreError):
    """A row or an event could not be delivered."""

    kind = "sink"
    is_retryable = True


class RefusedError(ProxycoreError):
    """A row or an event is not taken, however often it is sent. A sink in Python may raise it."""

    kind = "refused"


class MissingFeatureError(ProxycoreError):
    """This build of the wheel lacks a cargo feature that the call needs."""

    kind = "missing_feature"


class InvalidError(ProxycoreError, ValueError):
    """An argument makes no sense."""

    kind = "invalid"
    is_of_source = True


_BY_KIND = {each.kind: each for each in ProxycoreError.__subclasses__()}


def _of_kind(message: str, kind: str, is_retryable: bool, key: Optional[str]) -> ProxycoreError:
    error = _BY_KIND.get(kind, ProxycoreError)(message, key=key)
    # a kind that this half does not know keeps its own word
    error.kind, error.is_retryable = kind, is_retryable
    return error
