"""The tutorial's code is run as it is printed, and makes the pictures that it shows."""

import importlib.util
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
MAKE = DOCS / "images" / "tutorial.py"

pytestmark = pytest.mark.skipif(not MAKE.exists(), reason="the tutorial comes with the checkout")


@pytest.fixture
def page(tmp_path, monkeypatch, capsys):
    """What the tutorial's names are when all of its blocks have run, in order, in an empty folder."""
    pytest.importorskip("PIL", reason="the tutorial looks at pixels by Pillow")
    spec = importlib.util.spec_from_file_location("tutorial", MAKE)
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for name in ("OCIO", "OCIO_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    # which goes back when the test is done
    monkeypatch.chdir(tmp_path)
    return make.run(tmp_path)


def test_the_tutorial_runs_and_says_what_it_says(page, capsys):
    printed = capsys.readouterr().out.splitlines()
    text = (DOCS / "tutorial.md").read_text("utf-8")
    promised = re.findall(r"^ *print\(.*\) +# (.+)$", text, re.M)
    assert len(promised) >= 5
    for each in promised:
        assert each.removesuffix(", ...") in printed
    assert printed.count("corrupt False shot/cut.exr: corrupt OpenEXR: header: the file ends too early") == 1
    assert printed[-1] == "success error"


def test_the_pictures_are_those_of_the_page(page):
    from PIL import Image, ImageChops

    for name, made in (("thumb", "jpeg"), ("rec709", "guessed"), ("acescg", "said")):
        kept = Image.open(DOCS / "images" / f"tutorial-{name}.jpg")
        anew = Image.open(io.BytesIO(page[made]))
        assert kept.size == anew.size
        # a few codes for another release's encoder
        assert max(high for _, high in ImageChops.difference(kept, anew).getextrema()) <= 8, name


def test_each_picture_is_there_and_small():
    text = (DOCS / "tutorial.md").read_text("utf-8")
    shown = re.findall(r"\]\((images/[^)]+)\)", text)
    assert len(shown) >= 4
    for each in shown:
        assert 0 < (DOCS / each).stat().st_size < 60_000, each


def test_each_link_leads_to_a_file():
    text = (DOCS / "tutorial.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (DOCS / target).exists(), target
