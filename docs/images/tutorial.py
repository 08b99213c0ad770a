"""Makes the pictures of docs/tutorial.md with that page's own code: `python docs/images/tutorial.py`.

It wants proxycore, NumPy and Pillow.
"""

import io
import os
import re
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "tutorial.md"


def run(folder):
    """Runs the page in a folder, and gives its names."""
    os.chdir(folder)
    names = {}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S), 1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    return names


def strip(names):
    """The thumbnails of the folder's frames, side by side."""
    stills = [Image.open(io.BytesIO(each.read_thumbnail())) for each in names["became"]]
    sheet = Image.new("RGB", (sum(each.width for each in stills), stills[0].height))
    for number, still in enumerate(stills):
        sheet.paste(still, (number * still.width, 0))
    # without the bars above and below
    return sheet.crop((0, 56, sheet.width, 200))


def main():
    back = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        try:
            names = run(folder)
            for name, picture in (("thumb", "jpeg"), ("rec709", "guessed"), ("acescg", "said")):
                HERE.joinpath(f"tutorial-{name}.jpg").write_bytes(names[picture])
            strip(names).save(HERE / "tutorial-strip.jpg", quality=90)
        finally:
            os.chdir(back)


if __name__ == "__main__":
    main()
