#!/usr/bin/env python3
"""Makes a gallery of generated sequences, opens it in Chromium as a file from the disk, moves the
pointer over a sprite and plays a movie.

The command line is `$PROXYCORE`, else `target/release/proxycore`.
"""

import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from check import FLAGS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROXYCORE = os.environ.get("PROXYCORE") or ROOT / "target/release/proxycore"
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
FRAMES = 12
# what a name on a disk may be, and a page must not run
HOSTILE = "</script><img src=x onerror=document.title='run'>"

TIMEOUT = 120  # seconds for the browser

# what a visitor does, at the end of the page, and whom it tells
VISIT = """
<script>
addEventListener("load", async () => {
  const cards = [...document.querySelectorAll("article")];
  const answer = { names: cards.map((each) => each.querySelector(".name").textContent), title: document.title };
  const screen = cards[0].querySelector("button.screen"), box = screen.getBoundingClientRect();
  const at = (part) => {
    screen.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + part * box.width, bubbles: true }));
    return screen.querySelector(".tile").style.backgroundPosition;
  };
  answer.tiles = [0.001, 0.5, 0.999].map(at);
  screen.dispatchEvent(new PointerEvent("pointerleave"));
  answer.rested = !screen.querySelector(".tile");
  const image = new Image();
  image.src = items[0].sprite.url;
  await image.decode();
  answer.sprite = [image.naturalWidth, image.naturalHeight];
  screen.click();
  const video = cards[0].querySelector("video");
  await new Promise((done) => { video.oncanplay = video.onerror = done; });
  await new Promise((done) => { video.onseeked = video.onerror = done; video.currentTime = 0.3; });
  answer.movie = { size: [video.videoWidth, video.videoHeight], duration: video.duration, at: video.currentTime, error: video.error && video.error.message };
  fetch("http://127.0.0.1:PORT/", { method: "POST", mode: "no-cors", body: JSON.stringify(answer) });
});
</script>
"""


def gallery(folder):
    """Makes two sequences, and the gallery of them; gives its page."""
    frames = subprocess.run(
        [PROXYCORE, "demo", "--charts", "--json", folder / "demo"], check=True, stdout=subprocess.PIPE
    ).stdout.splitlines()
    frame = json.loads(frames[0])["path"]
    # a `/` cannot be in a name
    for name in ("a", HOSTILE.replace("/", "\u2215")):
        for number in range(1001, 1001 + FRAMES):
            shutil.copy(frame, folder / f"{name}.{number}.exr")
    subprocess.run([PROXYCORE, "make", folder, "--exclude", "demo/**", "--gallery"], check=True)
    return folder / ".proxies" / "index.html"


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes the answer."""

    answers = queue.Queue()

    def do_POST(self):
        self.answers.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def visit(page):
    """What the visit tells."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    text = page.read_text("utf-8")
    # the page itself may speak to nobody; the visitor has to
    text, count = re.subn(r"<meta http-equiv=.Content-Security-Policy[^>]*>", "", text)
    assert count == 1, "the page has a policy"
    visited = page.with_name("visited.html")
    port = str(server.server_address[1])
    visited.write_text(text.replace("</body>", VISIT.replace("PORT", port) + "</body>"), "utf-8")
    with tempfile.TemporaryDirectory() as profile:
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", visited.as_uri()]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return json.loads(Listener.answers.get(timeout=TIMEOUT))
        finally:
            browser.terminate()
            browser.wait()
            server.shutdown()


def main():
    with tempfile.TemporaryDirectory() as folder:
        told = visit(gallery(pathlib.Path(folder)))
    width = told["sprite"][0] // 10
    expected = {
        "names": len(told["names"]) == 2 and HOSTILE.replace("/", "\u2215") in told["names"][0] + told["names"][1],
        "title": told["title"] == "Gallery",
        "tiles": told["tiles"]
        == ["0px 0px", f"{-6 * width}px 0px", f"{-width}px {-told['sprite'][1] // 2}px"],
        "rested": told["rested"],
        "movie": told["movie"]["error"] is None
        and abs(told["movie"]["duration"] - FRAMES / 24) < 0.01
        and abs(told["movie"]["at"] - 0.3) < 0.01,
    }
    for name, holds in expected.items():
        print("ok    " if holds else "FAILED", name, told.get(name))
    failed = sum(not holds for holds in expected.values())
    print(f"gallery: {len(expected) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
