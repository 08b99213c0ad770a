import pytest

import frames
from skips import pytest_sessionfinish as pytest_sessionfinish


@pytest.fixture(scope="session")
def frame():
    """A small OpenEXR file."""
    return frames.exr()


@pytest.fixture
def folder(tmp_path, monkeypatch, frame):
    """The current folder, with `frame.exr` and `shot/a.0001.exr` to `shot/a.0003.exr` in it. The
    environment names no config."""
    for name in ("OCIO", "OCIO_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frame.exr").write_bytes(frame)
    (tmp_path / "shot").mkdir()
    for number in (1, 2, 3):
        (tmp_path / "shot" / f"a.{number:04d}.exr").write_bytes(frame)
    return tmp_path
