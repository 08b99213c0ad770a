#!/usr/bin/env python3
"""Makes a gallery of generated sequences, opens it in Chromium as a file from the disk, moves the
pointer over a sprite and plays a movie.

The command line is `$PROXYCORE`, else `target/release/proxycore`.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from browser import driven

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROXYCORE = os.environ.get("PROXYCORE") or ROOT / "target/release/proxycore"
FRAMES = 12
# what a name on a disk may be, and a page must not run
HOSTILE = "</script><img src=x onerror=document.title='run'>"

# what a visitor does
VISIT = """(async () => {
  const cards = [...document.querySelectorAll("article")];
  const answer = { names: cards.map((each) => each.querySelector(".name").textContent), title: document.title };
  const screen = cards[0].querySelector("button.screen"), box = screen.getBoundingClientRect();
  // without a preview, the movie's own frame is laid over the thumbnail
  while (!screen.querySelector("video")) await new Promise(requestAnimationFrame);
  const at = (part) => {
    screen.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + part * box.width, bubbles: true }));
    return [screen.querySelector(".tile").style.backgroundPosition, screen.querySelector(".number").textContent];
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
  video.pause(); // it plays on while a page that is late reads its time
  await new Promise((done) => { video.onseeked = video.onerror = done; video.currentTime = 0.3; });
  answer.movie = { size: [video.videoWidth, video.videoHeight], duration: video.duration, at: video.currentTime, error: video.error && video.error.message };
  return answer;
})()"""


def gallery(folder):
    """Makes two sequences, and the gallery of them; gives its page."""
    frames = subprocess.run(
        [PROXYCORE, "demo", "--charts", "--json", folder / "demo"],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.splitlines()
    frame = json.loads(frames[0])["path"]
    # a `/` cannot be in a name
    for name in ("a", HOSTILE.replace("/", "\u2215")):
        for number in range(1001, 1001 + FRAMES):
            shutil.copy(frame, folder / f"{name}.{number}.exr")
    subprocess.run([PROXYCORE, "make", folder, "--exclude", "demo/**", "--gallery"], check=True)
    return folder / ".proxies" / "index.html"


def main():
    with tempfile.TemporaryDirectory() as folder, driven() as page:
        page.visit(gallery(pathlib.Path(folder)).as_uri())
        told = page.run(VISIT)
        told["faults"] = page.faults()
        name = pathlib.Path(folder).name
    width = told["sprite"][0] // 10
    expected = {
        "names": len(told["names"]) == 2
        and HOSTILE.replace("/", "\u2215") in told["names"][0] + told["names"][1],
        "title": told["title"] == name,
        "tiles": told["tiles"]
        == [
            ["0px 0px", "1001"],
            [f"{-6 * width}px 0px", "1007"],
            [f"{-width}px {-told['sprite'][1] // 2}px", "1012"],
        ],
        "rested": told["rested"],
        "movie": told["movie"]["error"] is None
        and abs(told["movie"]["duration"] - FRAMES / 24) < 0.01
        and abs(told["movie"]["at"] - 0.3) < 0.01,
        "faults": told["faults"] == [],
    }
    for name, holds in expected.items():
        print("ok    " if holds else "FAILED", name, told.get(name))
    failed = sum(not holds for holds in expected.values())
    print(f"gallery: {len(expected) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
