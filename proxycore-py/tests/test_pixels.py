"""Pixels in NumPy."""

import gc

import numpy as np
import pytest

import proxycore
from proxycore import _proxycore


def test_light_is_floats_and_codes_are_bytes(frame):
    light = proxycore.pixels(frame)
    assert light.shape == (36, 64, 3) and light.dtype == np.float32
    codes = proxycore.pixels(frame, encoded=True)
    assert codes.shape == (36, 64, 3) and codes.dtype == np.uint8
    # the frame is linear Rec.709 from 0 to 1, so its light is what was written
    x = (np.arange(64) / 64).astype(np.float16).astype(np.float32)
    assert np.allclose(light[5, :, 0], x, atol=1e-6)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(codes - 255 * curve).max() <= 0.51


def test_sizes_keep_the_pictures_shape(frame):
    assert proxycore.pixels(frame, width=32).shape == (18, 32, 3)
    assert proxycore.pixels(frame, height=9, encoded=True).shape == (9, 16, 3)
    assert proxycore.pixels(frame, width=640).shape == (36, 64, 3)


@pytest.mark.parametrize("encoded", [False, True])
def test_nothing_is_copied_and_the_memory_outlives_its_owner(frame, encoded):
    made = _proxycore.pixels(frame, encoded=encoded)
    first, second = np.asarray(made), np.asarray(made)
    assert np.shares_memory(first, second)
    assert first.flags.c_contiguous and first.flags.writeable
    before = first.copy()
    del made, second
    gc.collect()
    assert (first == before).all()
    first[0, 0] = 1
    assert (first[0, 0] == 1).all()
