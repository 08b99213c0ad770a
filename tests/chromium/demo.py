#!/usr/bin/env python3
"""Runs `proxycore demo` from `/` and from the checkout, with its folder absolute and relative, and opens
the page that it names in Chromium, as a file from the disk: every picture has a size, every movie plays,
no request fails, and nothing is complained of on the console. In the end it takes a file away, and
that has to be noticed.

    demo.py --picture docs/images/demo.jpg       makes the README's picture of the page, too

The command line is `$PROXYCORE`, else `target/release/proxycore`.
"""

import argparse
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

from browser import driven

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROXYCORE = os.environ.get("PROXYCORE") or ROOT / "target/release/proxycore"
CARDS = 6

# what a visitor sees and does
VISIT = """(async () => {
  const within = (milliseconds, promise) =>
    Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("took too long")), milliseconds))]);
  const picture = async (url) => {
    const image = new Image();
    image.src = url;
    await within(20000, image.decode().catch(() => {}));
    return image.naturalWidth;
  };
  // plays until it can be played, and has come on
  const plays = async (video) => {
    const loaded = new Promise((done) => video.addEventListener("canplay", done, { once: true }));
    const failed = new Promise((_, fail) => video.addEventListener("error", () => fail(video.error), { once: true }));
    if (video.readyState < 3) await within(20000, Promise.race([loaded, failed]));
    video.play().catch(() => {});
    let latest = video.currentTime;
    await within(20000, (async () => {
      // a movie of one frame may be over at once
      while (!(latest > 0 || video.ended)) {
        await new Promise((done) => setTimeout(done, 20));
        latest = Math.max(latest, video.currentTime);
      }
    })());
    return latest > 0 || video.ended;
  };
  const cards = [...document.querySelectorAll("article")], answer = { cards: [], title: document.title };
  for (const [at, item] of items.entries()) {
    const card = cards[at], text = card.querySelector(".text").innerText;
    card.scrollIntoView();
    const still = card.querySelector(".screen img");
    await within(20000, still.decode());
    const told = { name: item.name, text, still: still.naturalWidth };
    for (const name of ["thumb", "preview", "sheet"]) told[name] = await picture(item[name]);
    told.sprite = await picture(item.sprite.url);
    try {
      const screen = card.querySelector("button.screen");
      if (screen) screen.click();
      const video = screen ? card.querySelector("video") : document.createElement("video");
      video.muted = true;
      if (!screen) video.src = item.movie;
      told.plays = await plays(video);
      told.size = [video.videoWidth, video.videoHeight];
    } catch (error) {
      told.plays = String(error.message || error.code || error);
    }
    for (const link of card.querySelectorAll(".links a")) (told.links ??= []).push(link.href);
    answer.cards.push(told);
  }
  answer.wide = document.documentElement.scrollWidth > innerWidth;
  return answer;
})()"""


def made(folder, here, is_absolute, frames):
    """Runs the demo, and gives the address that it names."""
    name = folder / f"{here.name}{is_absolute:d}" / ("demo" if is_absolute else "dé mo")
    called = name if is_absolute else os.path.relpath(name, here)
    more = ["--frames", str(frames)] if frames else []
    run = [PROXYCORE, "demo", called, *more]
    said = subprocess.run(run, cwd=here, check=True, stdout=subprocess.PIPE, text=True).stdout
    (url,) = (line for line in said.splitlines() if line.startswith("file://"))
    assert urllib.parse.unquote(url) == f"file://{name.resolve()}/review/index.html", url
    return url


def wrong(told, faults, frames):
    """What is wrong with a page."""
    cards = {card["name"]: card for card in told["cards"]}
    wrong = list(faults)
    if len(cards) != CARDS:
        wrong.append(f"{len(cards)} cards, not {CARDS}")
    for name, card in cards.items():
        pictures = ("still", "thumb", "preview", "sheet", "sprite")
        wrong += [f"{name}: no {picture}" for picture in pictures if not card[picture] > 0]
        if card["plays"] is not True or not all(card["size"]):
            wrong.append(f"{name}: does not play: {card['plays']}")
        for link in card["links"]:
            if not pathlib.Path(urllib.parse.unquote(urllib.parse.urlparse(link).path)).is_file():
                wrong.append(f"{name}: {link} is not there")
    shown = {
        "sh010_comp.%04d.exr": [f"{frames} frames", "24 fps", "1280×720", "lin_ap1_scene"],
        "sh010_plate.%04d.dpx": ["cineon_rec709_scene", "missing "],
        "sh010_ref.1001.dpx": ["cineon_rec709_scene", "a guess"],
        "sh020_lookdev.1001.exr": ["NaN samples are shown as 0"],
    }
    for name, texts in shown.items():
        text = cards.get(name, {"text": ""})["text"]
        wrong += [f"{name}: {words!r} is not said in {text!r}" for words in texts if words not in text]
    if told["wide"]:
        wrong.append("the page is wider than its window")
    return wrong


def photograph(page, url, path):
    """Writes a picture of a page, four fifths of its size."""
    screen = {"width": 1600, "height": 1000, "deviceScaleFactor": 0.8, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", **screen)
    page.visit(url)
    page.run(
        "Promise.all([...document.images].map((each) => (each.loading = 'eager', each.decode())))"
        ".then(() => {})"
    )
    shot = page.call("Page.captureScreenshot", format="jpeg", quality=88)
    path.write_bytes(base64.b64decode(shot["data"]))
    page.call("Emulation.clearDeviceMetricsOverride")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--picture", type=pathlib.Path, metavar="JPEG")
    args = parser.parse_args()
    failed, runs = 0, 0
    with tempfile.TemporaryDirectory() as folder, driven("--window-size=1600,1000") as page:
        folder = pathlib.Path(folder)
        # the whole show once, and a short one wherever else
        frames = 48
        for here in (ROOT, pathlib.Path("/")):
            for is_absolute in (True, False):
                url = made(folder, here, is_absolute, None if frames == 48 else frames)
                if args.picture and frames == 48:
                    photograph(page, url, args.picture)
                page.visit(url)
                faults = wrong(page.run(VISIT), page.faults(), frames)
                where = f"from {here}, {'absolute' if is_absolute else 'relative'}, {frames} frames"
                print("FAILED" if faults else "ok    ", where)
                for fault in faults:
                    print(f"  {fault}")
                failed, runs, frames = failed + bool(faults), runs + 1, 4
        lost = pathlib.Path(urllib.parse.unquote(url.removeprefix("file://")))
        for name in ("sh010_comp_sprite.jpg", "sh010_plate_proxy.mp4"):
            lost.with_name(name).unlink()
        page.visit(url)
        told = page.run(VISIT)
        noticed = wrong(told, page.faults(), frames)
        expected = ("no sprite", "does not play", "ERR_FILE_NOT_FOUND")
        holds = all(any(what in fault for fault in noticed) for what in expected)
        print("ok    " if holds else "FAILED", "files that are gone are noticed", json.dumps(noticed))
        failed, runs = failed + (not holds), runs + 1
    print(f"demo: {runs - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
