"""Checks the wheel that is installed, not the checkout."""

import re
from importlib import metadata, resources

import proxycore
from proxycore import _proxycore


def test_version_is_the_distributions():
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", proxycore.__version__)
    # Cargo writes 0.1.0-rc.1 where Python writes 0.1.0rc1
    assert metadata.version("proxycore") == re.sub(r"-(\w+)\.", r"\1", proxycore.__version__)


def test_is_the_installed_one_and_holds_for_every_later_python():
    assert "site-packages" in _proxycore.__file__
    assert _proxycore.__file__.endswith((".abi3.so", ".pyd"))


def test_is_typed():
    package = resources.files("proxycore")
    for name in ("py.typed", "__init__.pyi", "_proxycore.pyi"):
        assert package.joinpath(name).is_file(), name


def test_needs_nothing_else():
    needed = [line for line in metadata.requires("proxycore") or [] if "extra ==" not in line]
    assert needed == []


def test_says_its_licence():
    assert metadata.metadata("proxycore")["License-Expression"] == "MIT"
