"""A caller's code, for type checkers: it is checked, and never run."""

import asyncio
import io
from pathlib import Path
from typing import Any, Dict, List, Mapping, Union

import numpy as np
import numpy.typing as npt

import proxycore


class Bucket:
    bucket = "renders"
    url = "s3://renders"

    def head(self, key: str) -> Dict[str, Any]:
        return {"size": len(key)}

    def read(self, key: str, start: int, end: int) -> bytes:
        return key.encode()[start:end]

    def put(self, key: str, data: bytes, attributes: Mapping[str, Any]) -> None: ...

    def delete(self, key: str) -> None: ...


class Table:
    def write(self, rows: proxycore.Rows, renditions: proxycore.Rows) -> bool:
        return len(rows) == 1 and renditions.table == "proxy_renditions"


class Topic:
    def publish(self, event: proxycore.Event) -> None:
        print(event.key, event.value, event.to_dict())


def flow() -> List[str]:
    small = proxycore.Rendition("thumb", width=64, fit="crop")
    pipeline = proxycore.Pipeline(
        Bucket(),
        output=Path("out"),
        renditions=["proxy", small],
        metadata=[Table(), "sqlite:rows.db"],
        events=Topic(),
        ocio="config.ocio",
        exposure=1.5,
    )
    outcomes: List[Union[proxycore.Result, proxycore.ProxycoreError]]
    outcomes = pipeline.run_many(["a"], jobs=2, on_progress=lambda done, total, outcome: None)
    failures = [each for each in outcomes if isinstance(each, proxycore.ProxycoreError)]
    result = asyncio.run(pipeline.run_async("a"))
    return [each.kind for each in failures] + [made.sha256 for made in result.renditions]


def movie() -> str:
    pipeline = proxycore.Pipeline(".")
    found: List[proxycore.Found] = pipeline.find("shot/")
    result = pipeline.run_sequence(found[0].key, fps=23.976, range=[1, 2], missing="hold", poster=1)
    return f"{result.frame_range} {result.fps} {result.missing}"


def frames() -> npt.NDArray[np.float32]:
    store: proxycore.Storage = proxycore.Store("memory:renders", region="us-east-1")
    stills = proxycore.thumbnail(io.BytesIO(b""), color="display-p3")
    stills += proxycore.thumbnail("a.exr", storage=store, layer="diffuse", part=2)
    codes: npt.NDArray[np.uint8] = proxycore.pixels(stills, encoded=True)
    print(proxycore.info(Path("a.exr"))["format"], codes.shape)
    return proxycore.pixels("a.exr", width=64)
