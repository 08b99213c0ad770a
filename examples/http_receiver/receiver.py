"""Takes CloudEvents over HTTP: an image lands in a bucket, and its thumbnail and its proxy follow.

It is a sink for any Knative, and for whatever else posts CloudEvents. The answer's code says what is to
become of an event (Knative's data plane contract): 202 is done, 400 to 422 is never to come again,
5xx is. Of the codes below 500, senders try 404, 409 and 429 again, so an event never gets these. There
is no TLS here and no check of who calls; both belong to the mesh in front.
"""

import functools
import json
import logging
import os
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Optional, Tuple

import proxycore

from cloudevent import Location, locations, parse

LOG = logging.getLogger("receiver")

MAX_BODY = 1 << 20
"""Bytes. Brokers take events of 64 KiB at least, and rarely more than a megabyte."""

MAX_DISCARDED = 16 * MAX_BODY
"""Bytes of a body that is too large which are read all the same, so that its sender is answered."""

PATIENCE = 30
"""Seconds in which a sender has to go on with what it sends."""

_Answer = Tuple[HTTPStatus, str]


def answer(headers: "dict[str, str]", body: bytes) -> _Answer:
    """Does what an event asks for, and says how that went."""
    try:
        found = locations(parse(headers, body))
    except ValueError as error:
        return _refusal(error)
    # all are run, and the worst decides: what stands already costs little when the event comes again
    answers = [_refusal(each) if isinstance(each, ValueError) else _run(each) for each in found]
    return max(answers, key=lambda each: each[0], default=(HTTPStatus.ACCEPTED, ""))


def _refusal(error: ValueError) -> _Answer:
    return HTTPStatus.BAD_REQUEST, str(error)


def _run(location: Location) -> _Answer:
    place = f"s3://{location.bucket}/{location.key}"
    if ".proxies" in location.key.split("/")[:-1]:
        LOG.info("%s: an output of this service, left alone", place)
        return HTTPStatus.ACCEPTED, ""
    try:
        # a wrong setting is no fault of the event, whatever kind of error it is
        pipeline = _pipeline(location.bucket)
    except Exception as error:
        LOG.exception("%s", place)
        return HTTPStatus.INTERNAL_SERVER_ERROR, str(error)
    try:
        result = pipeline.run(location.key)
    except proxycore.ProxycoreError as error:
        LOG.error("%s: %s", place, error)
        return _code(error, location.bucket), str(error)
    except Exception as error:
        LOG.exception("%s", place)
        return HTTPStatus.INTERNAL_SERVER_ERROR, str(error)
    for warning in result.warnings:
        LOG.warning("%s: %s", place, warning)
    LOG.info("%s", json.dumps(result.to_dict()))
    return HTTPStatus.ACCEPTED, ""


def _code(error: proxycore.ProxycoreError, bucket: str) -> HTTPStatus:
    if error.is_retryable:
        return HTTPStatus.SERVICE_UNAVAILABLE
    if error.is_of_source and not (isinstance(error, proxycore.NotFoundError) and _is_missing(bucket)):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    # it is no fault of the file, and somebody may grant a right or mend a setting
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _is_missing(bucket: str) -> bool:
    """Whether there is no such bucket; a store that fails to say may have none."""
    try:
        return not proxycore.Store(f"s3://{bucket}").exists()
    except proxycore.ProxycoreError:
        LOG.exception("s3://%s", bucket)
        return True


@functools.lru_cache(maxsize=None)
def _pipeline(bucket: str) -> proxycore.Pipeline:
    """One for each bucket. The environment says how S3 is reached."""
    return proxycore.Pipeline(
        f"s3://{bucket}",
        metadata=os.environ.get("PROXYCORE_METADATA") or None,
        events=os.environ.get("PROXYCORE_EVENTS") or None,
    )


class Handler(BaseHTTPRequestHandler):
    """One connection, which carries one event, as no connection may outlive the service."""

    timeout = PATIENCE

    def do_GET(self) -> None:
        known = self.path.partition("?")[0] == "/healthz"
        self._answer(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND, "")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return self._answer(HTTPStatus.LENGTH_REQUIRED, "Content-Length is not said")
        if len(length) > 9 or int(length) > MAX_BODY:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_BODY} bytes")
            return self._discard(int(length[:9]))
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return self._answer(HTTPStatus.BAD_REQUEST, "the body ends early")
        self._answer(*answer(dict(self.headers.items()), body))

    def _discard(self, length: int) -> None:
        """Reads away what is on its way: who is cut off while sending does not see the answer."""
        left = min(length, MAX_DISCARDED)
        while left > 0 and (read := self.rfile.read1(min(left, 1 << 16))):
            left -= len(read)

    def _answer(self, code: HTTPStatus, why: str) -> None:
        """A success has no body: a broker would take it for an event in reply, and fail."""
        body = why.encode(errors="replace") if code >= HTTPStatus.BAD_REQUEST else b""
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        LOG.debug(format, *args)


class Server(ThreadingHTTPServer):
    """Closes once what was begun is answered."""

    daemon_threads = False


def main() -> int:
    """Serves on `$PORT` until SIGTERM or SIGINT; then takes nothing new, and ends what was begun."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    server = Server(("", int(os.environ.get("PORT") or 8080)), Handler)

    def stop(number: int, frame: Optional[FrameType]) -> None:
        # it waits for the loop that this interrupts, and so needs a thread of its own
        threading.Thread(target=server.shutdown).start()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    LOG.info("proxycore %s on port %d", proxycore.__version__, server.server_port)
    with server:
        server.serve_forever(poll_interval=0.1)
    LOG.info("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
