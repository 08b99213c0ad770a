from typing import Callable, Iterable

from . import _proxycore
from ._errors import ProxycoreError
from ._proxycore import Result

class Pipeline(_proxycore.Pipeline):
    """The whole flow, the same for each source: where from, what to make, where to, whom to tell.

    `storage` is a folder, `s3://bucket`, a `Store`, or any object that has what `Storage` asks for.
    `output` is another one for the renditions, or a prefix in it; there they lie flat, and beside
    their sources in `.proxies/` where nothing is said. `template` names them, such as
    `{dir}/.proxies/{stem}_{name}.{ext}`.

    `renditions` are names, `thumb`, `proxy` (these two by default), `preview`, `sheet` and
    `sprite`, or `Rendition`s.
    `metadata` takes `sqlite:FILE`, `postgresql://...`, `parquet:DIR`, `jsonl:FILE`, a `MetadataSink`,
    or a list of these; `events` takes `kafka://HOST:PORT/TOPIC`, `https://...`, `jsonl:FILE`, an
    `EventSink`, or a list. Objects come first, then rows, then events.

    `force` makes anew what is up to date; `prove` decodes each file again and holds it against the
    light that it was made from, before it is stored; `data_note` notes in pictures of numbers that
    are no colour that they are not colour managed. The options are those of `thumbnail`.

    One pipeline serves all threads; the interpreter is let go while it works.

    >>> pipeline = Pipeline(".", metadata="sqlite:rows.db", events="jsonl:events.jsonl")
    >>> result = pipeline.run("frame.exr")
    >>> result.persistence.inserted, [made.name for made in result.renditions]
    (True, ['thumb', 'proxy'])
    """

    def run_many(
        self,
        keys: Iterable[str],
        *,
        jobs: int | None = None,
        force: bool = False,
        on_progress: Callable[[int, int, Result | ProxycoreError], object] | None = None,
    ) -> list[Result | ProxycoreError]:
        """Runs many sources, `jobs` at a time (one for each core), and gives one outcome for each, in
        their order. A source that failed has its error there, and does not stop the others.

        `on_progress` is called in this thread after each: how many are done, of how many, and the
        outcome. What it raises ends the work after the sources that were begun.

        >>> [str(each) for each in Pipeline(".").run_many(["missing.exr"])]
        ['missing.exr: no such file or object']
        """

    async def run_async(self, key: str, force: bool = False) -> Result:
        """Runs a source in a thread of the event loop's executor.

        >>> import asyncio
        >>> asyncio.run(Pipeline(".").run_async("frame.exr")).status
        'success'
        """
