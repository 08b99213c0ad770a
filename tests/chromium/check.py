#!/usr/bin/env python3
"""Plays a movie, or shows a still, in headless Chromium and compares flat patches with what they
should be.

    check.py --movie beauty_proxy.mp4 --patch 100,80=191,90,99 --patch 400,80=128,128,128
    check.py --still beauty_preview.jpg --patch 100,80=193,90,99

Positions are pixels of the medium, colours are 8-bit R,G,B as a canvas gives them back: the code
values of an sRGB still, and of a movie tagged 1/1/1 (Chromium shows the R'G'B' of such a movie as
it is, with no change of transfer function). Chromium is `$CHROMIUM`, else the one on the PATH.
"""

import argparse
import contextlib
import http.server
import json
import pathlib
import queue
import sys
import threading

from browser import TIMEOUT, opened

HERE = pathlib.Path(__file__).resolve().parent
HAVE_CURRENT_DATA = 2  # HTMLMediaElement.readyState


class Medium:
    """A movie or still, and the patches on it: {(x, y): (r, g, b)}.

    Positions are the medium's own pixels, or those of a frame of `size` that it shows, scaled and
    perhaps letterboxed. A colour is the mean over `side` pixels each way, and may be `tolerance`
    codes off. The canvas that it is drawn on is of `space`: srgb, or display-p3.
    """

    def __init__(self, kind, path, patches, tolerance, size=None, side=9, space="srgb"):
        self.kind = kind
        self.path = pathlib.Path(path)
        self.patches = patches
        self.tolerance = tolerance
        self.size = size
        self.side = side
        self.space = space

    def plan(self, url):
        points = list(self.patches)
        return {
            "kind": self.kind,
            "url": url,
            "points": points,
            "size": self.size,
            "side": self.side,
            "space": self.space,
        }


def handler(media, seen):
    """Serves the page, the plan and the media, whole and in order as a plain file server would."""
    plan = [medium.plan(f"/media/{at}") for at, medium in enumerate(media)]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/":
                return self.answer("text/html", (HERE / "page.html").read_bytes())
            if self.path == "/plan":
                return self.answer("application/json", json.dumps(plan).encode())
            if self.path.startswith("/media/"):
                medium = media[int(self.path.rpartition("/")[2])]
                kind = "video/mp4" if medium.kind == "movie" else "image/jpeg"
                return self.answer(kind, medium.path.read_bytes())
            return self.send_error(404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer("text/plain", b"")
            seen.put(json.loads(body))

        def answer(self, kind, body):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a player may hang up when it has enough
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def look(media):
    """Says what Chromium sees of each medium: sizes, playback, and a colour for each patch."""
    seen = queue.Queue()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(media, seen))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with opened(f"http://127.0.0.1:{server.server_port}/") as browser:
            for _ in range(TIMEOUT):
                with contextlib.suppress(queue.Empty):
                    return seen.get(timeout=1)
                if browser.poll() is not None:
                    break
            sys.exit(f"chromium showed nothing; it said:\n{browser.log.read_text()[-2000:]}")
    finally:
        server.shutdown()


def complaints(medium, seen):
    """Lists what is wrong with what was seen of a medium."""
    name = medium.path.name
    if "error" in seen:
        return [f"{name}: {seen['error']}"]
    wrong = []
    if medium.kind == "movie":
        if seen["readyState"] < HAVE_CURRENT_DATA or seen["frames"] < 1:
            wrong.append(f"{name}: shows no frame: {seen}")
        if not seen["duration"] > 0 or seen["advanced"] < seen["duration"] - 0.05:
            wrong.append(f"{name}: did not play to its end: {seen}")
    for (point, expected), color in zip(medium.patches.items(), seen["colors"]):
        off = max(abs(a - b) for a, b in zip(color, expected))
        if off > medium.tolerance:
            shown = tuple(round(code, 1) for code in color)
            wrong.append(f"{name}: {shown} at {point}, not {tuple(expected)}: {off:.1f} codes off")
    return wrong


def worst(medium, seen):
    """How many codes the worst patch is off."""
    pairs = zip(medium.patches.values(), seen.get("colors", []))
    return max((abs(a - b) for one, two in pairs for a, b in zip(one, two)), default=0.0)


def check(media):
    """Looks, prints a line for each medium, and gives the process's exit code."""
    failed = 0
    for medium, seen in zip(media, look(media)):
        wrong = complaints(medium, seen)
        failed += bool(wrong)
        size = f"{seen.get('width')}x{seen.get('height')}"
        played = f", played {seen['advanced']:.3f} s" if "advanced" in seen else ""
        print(
            f"{'FAIL' if wrong else 'ok'} {medium.path.name} {size}{played}, "
            f"{len(medium.patches)} patches, worst {worst(medium, seen):.2f} codes off"
        )
        for line in wrong:
            print(f"  {line}")
    print(f"{len(media) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def patch(text):
    """Parses x,y=r,g,b."""
    point, _, color = text.partition("=")
    x, y = (int(part) for part in point.split(","))
    red, green, blue = (float(part) for part in color.split(","))
    return (x, y), (red, green, blue)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--movie", metavar="MP4")
    which.add_argument("--still", metavar="JPEG")
    parser.add_argument("--patch", type=patch, action="append", default=[], metavar="X,Y=R,G,B")
    parser.add_argument("--tolerance", type=float, default=3.0, metavar="CODES")
    args = parser.parse_args()
    kind = "movie" if args.movie else "still"
    path = args.movie or args.still
    sys.exit(check([Medium(kind, path, dict(args.patch), args.tolerance)]))


if __name__ == "__main__":
    main()
