#!/usr/bin/env python3
"""Makes movies of frames that show their number as bars, by every encoder that a browser plays, seeks
about in them in Chromium and reads the bars back: each seek has to land on the frame of its time.

The command line is `$PROXYCORE`, else `target/release/proxycore`; an encoder that it was built
without, or whose library is not installed, is skipped, unless `$PROXYCORE_REQUIRE` is set.
"""

import contextlib
import http.server
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

from browser import TIMEOUT, opened

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROXYCORE = os.environ.get("PROXYCORE") or ROOT / "target/release/proxycore"
BITS, WIDTH, HEIGHT = 12, 384, 128
FIRST, FRAMES, FPS = 1001, 30, 24
ENCODERS = {
    "rusty-h264": [],
    "openh264": ["--encoder", "openh264"],
    "rusty-h264 in segments": ["--segments"],
    "x264": ["--encoder", "x264"],
    "x264 in groups of nine": ["--encoder", "x264", "--gop", "9"],
    "x264 in segments": ["--encoder", "x264", "--segments"],
    "x264 of 10 bits": ["--encoder", "x264", "--bit-depth", "10"],
    "av1": ["--encoder", "av1"],
    "ffmpeg:x264": ["--encoder", "ffmpeg:x264"],
}
# why there is no movie, where that is no failure
ABSENT = ("this build has no", "is not installed", "lacks the")
# forwards, back, inside a group and into others
SEEKS = [0, 7, 3, 24, 23, 25, 29, 12, 1, 28]

PAGE = """<!doctype html><meta charset="utf-8"><body><script>
const number = (video) => {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const row = context.getImageData(0, canvas.height / 2, canvas.width, 1).data;
  let sum = 0;
  for (let bit = 0; bit < BITS; bit++)
    sum = 2 * sum + (row[4 * Math.floor((bit + 0.5) * canvas.width / BITS) + 1] > 128);
  return sum;
};
const visit = async (url) => {
  const video = document.body.appendChild(document.createElement("video"));
  video.muted = true;
  const event = (name) => new Promise((done) => { video["on" + name] = video.onerror = done; });
  const loaded = event("canplay");
  video.src = url;
  await loaded;
  const shown = [];
  for (const frame of SEEKS) {
    if (video.error) return { error: video.error.message };
    const there = event("seeked");
    // a seek has ended somewhat before its picture can be drawn
    const presented = new Promise((done) => video.requestVideoFrameCallback(done));
    video.currentTime = (frame + 0.5) / FPS;
    await there;
    await Promise.race([presented, new Promise((done) => setTimeout(done, 1000))]);
    shown.push(number(video));
  }
  return { shown, duration: video.duration };
};
addEventListener("load", async () => {
  const answers = [];
  for (let at = 0; at < COUNT; at++) answers.push(await visit(`/${at}.mp4`));
  fetch("/", { method: "POST", body: JSON.stringify(answers) });
});
</script>"""


def frame(number):
    """A picture with the bits of `number` as bars, the highest on the left."""
    wide = WIDTH // BITS
    bars = (255 * (number >> bit & 1) for bit in reversed(range(BITS)))
    row = b"".join(bytes([code] * 3 * wide) for code in bars)
    return b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + row * HEIGHT


def movies(folder):
    """Those that could be made, by their encoders."""
    for number in range(FIRST, FIRST + FRAMES):
        (folder / f"a.{number}.ppm").write_bytes(frame(number))
    made = {}
    for at, (name, options) in enumerate(ENCODERS.items()):
        out = folder / str(at)
        command = [PROXYCORE, "make", folder / "a.%04d.ppm", "--renditions", "proxy", "--out", out]
        run = subprocess.run([*command, *options], capture_output=True, text=True)
        if run.returncode and any(why in run.stderr for why in ABSENT):
            print(f"skipped: {name}: {run.stderr.strip().splitlines()[-1]}")
            if "PROXYCORE_REQUIRE" in os.environ:
                sys.exit(f"{name} is required")
        elif run.returncode:
            sys.exit(f"{name}: {run.stderr}")
        else:
            made[name] = (out / "a_proxy.mp4").read_bytes()
    return made


def handler(files, answers):
    """Serves the page and the movies by ranges, which seeking asks for."""
    page = PAGE.replace("SEEKS", str(SEEKS)).replace("BITS", str(BITS)).replace("FPS", str(FPS))
    page = page.replace("COUNT", str(len(files))).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.strip("/")
            if not name:
                return self.answer(200, "text/html", page)
            if not name.endswith(".mp4"):
                return self.send_error(404)
            movie = files[int(name.removesuffix(".mp4"))]
            start = int((self.headers["Range"] or "bytes=0-")[len("bytes=") :].split("-")[0])
            spans = f"bytes {start}-{len(movie) - 1}/{len(movie)}"
            return self.answer(206, "video/mp4", movie[start:], {"Content-Range": spans})

        def do_POST(self):
            answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(200, "text/plain", b"")

        def answer(self, status, kind, body, more=()):
            self.send_response(status)
            headers = {"Content-Type": kind, "Content-Length": str(len(body)), **dict(more)}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a player may hang up when it has enough
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def visit(files):
    """The numbers that Chromium shows of each file."""
    answers = queue.Queue()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(files, answers))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with opened(f"http://127.0.0.1:{server.server_port}/"):
            return answers.get(timeout=TIMEOUT)
    finally:
        server.shutdown()


def main():
    with tempfile.TemporaryDirectory() as folder:
        made = movies(pathlib.Path(folder))
    expected = {"shown": [FIRST + frame for frame in SEEKS], "duration": FRAMES / FPS}
    failed = 0
    for name, told in zip(made, visit(list(made.values()))):
        failed += told != expected
        print("ok    " if told == expected else "FAILED", name, told)
    print(f"seek: {len(made) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
