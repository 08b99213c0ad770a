"""Writes frames: OpenEXR, uncompressed, half floats, without a library."""

import struct


def _attribute(name, kind, value):
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value


def exr(width=64, height=36, pixel=None):
    """An OpenEXR file; `pixel(x, y)` gives R, G, B."""
    pixel = pixel or (lambda x, y: (x / width, y / height, 0.25))
    half = 1
    channels = b"".join(
        name + b"\0" + struct.pack("<iiii", half, 0, 1, 1) for name in (b"B", b"G", b"R")
    )
    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    header = struct.pack("<ii", 20000630, 2)
    for attribute in (
        ("channels", "chlist", channels + b"\0"),
        ("compression", "compression", b"\0"),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    ):
        header += _attribute(*attribute)
    header += b"\0"
    row = 3 * 2 * width
    start = len(header) + 8 * height
    offsets = struct.pack(f"<{height}Q", *(start + y * (8 + row) for y in range(height)))
    rows = []
    for y in range(height):
        samples = [pixel(x, y) for x in range(width)]
        planes = [sample[plane] for plane in (2, 1, 0) for sample in samples]
        rows.append(struct.pack("<ii", y, row) + struct.pack(f"<{3 * width}e", *planes))
    return header + offsets + b"".join(rows)
