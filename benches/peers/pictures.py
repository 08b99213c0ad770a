"""Clips that encoders of movies are held against, grown from a seed: 24 frames of 4:2:0 codes each.

Codes are as the proxy has them: BT.1886, limited range, chroma sited left. `write(path, frames)` puts the frames
of a clip into a file, one after the other.
"""

import numpy as np

SIZE = (1280, 720)
FRAMES = 24
# pictures are painted this much larger and averaged, so that they can move by a third of a pixel
FINE = 3


def plate(seed):
    """Texture under a slow pan, with grain that is new in each frame."""
    light, dice = _texture(seed), np.random.default_rng(seed + 1)
    for at in range(FRAMES):
        frame = _window(light, 4 * at, at)
        grain = dice.standard_normal(frame.shape, dtype=np.float32)
        yield np.clip(frame * (1 + 0.04 * grain) + 0.002 * grain, 0, 1)


def pan(seed):
    """The same without grain."""
    light = _texture(seed + 11)
    return (_window(light, 4 * at, at) for at in range(FRAMES))


def still(seed):
    """One frame of the plate."""
    yield next(plate(seed))


def fade(seed):
    """A picture that stands, on its way to black."""
    frame = _window(_texture(seed + 7), 0, 0)
    return (frame * np.float32(1 - at / FRAMES) for at in range(FRAMES))


def animation(seed):
    """Flat discs that move over a soft sky, without grain."""
    dice = np.random.default_rng(seed + 2)
    draws = [(dice.uniform(0, 1, 2), dice.uniform(-0.012, 0.012, 2)) for _ in range(12)]
    discs = [(place, step, dice.uniform(0.03, 0.14), dice.uniform(0, 0.9, 3)) for place, step in draws]
    u, v = _grid()
    sky = np.stack([0.1 + 0.25 * v, 0.2 + 0.3 * v, 0.55 + 0.2 * v], -1).astype(np.float32)
    for at in range(FRAMES):
        picture = np.repeat(sky[:, :1], u.size, 1)
        for place, step, radius, color in discs:
            x, y = (place + step * at) % 1
            inside = (u - x) ** 2 + ((v - y) * SIZE[1] / SIZE[0]) ** 2 < radius**2
            picture[inside] = color * (0.8 + 0.2 * y)
        yield _averaged(picture)


def chart(seed):
    """A ramp, patches and lines that stand for half a second, and then move."""
    u, v = _grid()
    ramp = np.broadcast_to(u, (v.size, u.size))
    patches = np.random.default_rng(seed + 3).uniform(0, 1, (6, 10, 3)).astype(np.float32)
    colors = patches[(v * 6).astype(int).clip(0, 5), (u * 10).astype(int).clip(0, 9)]
    lines = (np.sin(u * 900) > 0).astype(np.float32) * (v > 0.9)
    picture = np.where((v < 0.15)[..., None], ramp[..., None] ** 2.4, colors)
    picture = np.where((v > 0.85)[..., None], lines[..., None], picture).astype(np.float32)
    return (_averaged(np.roll(picture, 5 * max(0, at - FRAMES // 2), 1)) for at in range(FRAMES))


CLIPS = {each.__name__: each for each in (animation, pan, plate, fade, chart, still)}


def write(path, frames):
    with open(path, "wb") as out:
        for light in frames:
            out.write(_codes(light))


def _grid():
    width, height = (FINE * side for side in SIZE)
    return np.arange(width, dtype=np.float32)[None] / width, np.arange(height, dtype=np.float32)[:, None] / height


def _texture(seed):
    """Value noise of eight octaves, larger than a frame by what a pan needs."""
    dice, (width, height) = np.random.default_rng(seed), (FINE * side + 128 for side in SIZE)
    light = np.zeros((height, width, 3), np.float32)
    for octave in range(8):
        cells = 3 * 2**octave
        grid = dice.uniform(0, 1, (cells + 2, cells + 2, 1 if octave else 3)).astype(np.float32)
        light += _stretched(grid, height, width) * 0.62**octave
    light = (light - light.min()) / (light.max() - light.min())
    return 0.9 * light**2.2 + 0.004


def _stretched(grid, height, width):
    def places(length, cells):
        at = np.linspace(0, cells - 1.001, length, dtype=np.float32)
        first = at.astype(int)
        return first, (at - first)[:, None]

    (row, down), (column, right) = places(height, grid.shape[0] - 1), places(width, grid.shape[1] - 1)
    rows = grid[row] * (1 - down[..., None]) + grid[row + 1] * down[..., None]
    return rows[:, column] * (1 - right) + rows[:, column + 1] * right


def _window(light, x, y):
    width, height = (FINE * side for side in SIZE)
    return _averaged(light[y : y + height, x : x + width])


def _averaged(picture):
    height, width = (side // FINE for side in picture.shape[:2])
    return picture.reshape(height, FINE, width, FINE, 3).mean((1, 3), dtype=np.float32)


def _codes(light):
    """The planes of a frame, one after the other, as bytes."""
    signal = np.clip(light, 0, 1) ** np.float32(1 / 2.4)
    luma = signal @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    differences = [(signal[..., 2] - luma) / 1.8556, (signal[..., 0] - luma) / 1.5748]
    planes = [16 + 219 * luma, *(128 + 224 * _halved(each) for each in differences)]
    return b"".join(np.clip(np.rint(plane), 0, 255).astype(np.uint8).tobytes() for plane in planes)


def _halved(plane):
    rows = np.pad((plane[0::2] + plane[1::2]) / 2, ((0, 0), (1, 1)), "edge")
    return ((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4)[:, 0::2]
