import os
from functools import partial

from . import _proxycore
from ._errors import ProxycoreError


class Pipeline(_proxycore.Pipeline):
    """The whole flow, the same for each source: where from, what to make, where to, whom to tell."""

    def run_many(self, keys, *, jobs=None, force=False, on_progress=None):
        """Runs many sources, `jobs` at a time (one for each core), and gives one outcome for each, in
        their order. A source that failed has its error there, and does not stop the others."""
        from concurrent.futures import ThreadPoolExecutor, as_completed

        keys = list(keys)
        outcomes = [None] * len(keys)
        with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            try:
                runs = {pool.submit(self._try, key, force): at for at, key in enumerate(keys)}
                for done, run in enumerate(as_completed(runs), 1):
                    outcome = outcomes[runs[run]] = run.result()
                    if on_progress is not None:
                        on_progress(done, len(keys), outcome)
            except BaseException:
                # what was begun is finished, as anything else would leave threads behind
                pool.shutdown(cancel_futures=True)
                raise
        return outcomes

    async def run_async(self, key, force=False):
        """Runs a source in a thread of the event loop's executor."""
        import asyncio

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, partial(self.run, key, force=force))

    def _try(self, key, force):
        try:
            return self.run(key, force=force)
        except ProxycoreError as error:
            return error
