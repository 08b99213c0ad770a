"""Headless Chromium: how it is started, and how it is driven over a pipe.

Chromium is `$CHROMIUM`, else the one on the PATH.
"""

import contextlib
import itertools
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

TIMEOUT = 180  # seconds for everything that one browser is asked to show
SKIPPED = 77  # the exit status of a check that lacks a program

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # it refuses to run as root with it, and shows only our own files
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--no-first-run",
    # a GPU in software: without any, Chromium turns YUV into RGB with 8-bit factors, whose largest
    # (2.11 for BT.709's blue) is cut to 2.0, and a pure blue comes out 12 codes too dark
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


def chromium():
    """The browser's path; without one, the program ends as skipped."""
    found = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if not found:
        print("skipped: no chromium; install it, or name its file in $CHROMIUM")
        sys.exit(SKIPPED)
    return found


@contextlib.contextmanager
def opened(*arguments, **popen):
    """Runs a browser with a profile of its own, which goes when it ends."""
    profile = pathlib.Path(tempfile.mkdtemp(prefix="chromium-"))
    command = [chromium(), *FLAGS, f"--user-data-dir={profile}/profile", *arguments]
    log = profile / "stderr"
    with log.open("wb") as stderr:
        browser = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, **popen
        )
    browser.log = log
    try:
        yield browser
    finally:
        browser.terminate()
        browser.wait(timeout=20)
        shutil.rmtree(profile, ignore_errors=True)  # its helpers may still be writing there


class Page:
    """A page of a browser that is driven over a pipe, by the DevTools protocol."""

    def __init__(self, commands, events):
        self.commands, self.events = commands, events
        self.numbers = itertools.count(1)
        self.buffer = b""
        self.session = None
        self.seen = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        """Calls a method and gives its result; what happens meanwhile goes to `seen`."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next(time.monotonic() + TIMEOUT)
            if answer.get("id") == number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.seen.append(answer)

    def next(self, until):
        """The next message."""
        while b"\0" not in self.buffer:
            if not select.select([self.events], [], [], max(0, until - time.monotonic()))[0]:
                sys.exit("chromium does not answer")
            more = os.read(self.events, 1 << 20)
            if not more:
                sys.exit("chromium has ended")
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def visit(self, url):
        """Goes to an address, and waits until it has loaded."""
        self.seen.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.seen):
            self.seen.append(self.next(time.monotonic() + TIMEOUT))

    def run(self, script):
        """What a script of the page comes to."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"the script failed: {json.dumps(answer['exceptionDetails'])}")
        return answer["result"].get("value")

    def faults(self):
        """Requests that failed, exceptions, and errors on the console."""
        urls, faults = {}, []
        for event in self.seen:
            method, params = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent":
                urls[params["requestId"]] = params["request"]["url"]
            # what a page itself breaks off, as a movie that is put away, has not failed
            elif method == "Network.loadingFailed" and not params.get("canceled"):
                faults.append(f"{params['errorText']} {urls.get(params['requestId'])}")
            elif method == "Runtime.exceptionThrown":
                faults.append(json.dumps(params["exceptionDetails"]))
            elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
                faults.append(f"{params['entry']['text']} {params['entry'].get('url')}")
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
                faults.append(json.dumps(params["args"]))
        return faults


@contextlib.contextmanager
def driven(*arguments):
    """A page of a browser of its own."""
    to_browser, commands = os.pipe()
    events, from_browser = os.pipe()

    def as_three_and_four():
        # past both numbers first, so that neither is closed by the other
        high = [os.dup(to_browser), os.dup(from_browser)]
        high = [fd if fd > 4 else os.dup(fd) for fd in high]
        for fd, number in zip(high, (3, 4)):
            os.dup2(fd, number)

    with opened(
        "--remote-debugging-pipe", *arguments, preexec_fn=as_three_and_four, close_fds=False
    ):
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Page(commands, events)
        finally:
            os.close(commands)
            os.close(events)
