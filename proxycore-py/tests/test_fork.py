"""Processes that were forked from one that has used the library."""

import multiprocessing
import sys

import pytest

import proxycore

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are Linux's")


def thumbnail(path):
    return proxycore.thumbnail(path)


def run(pipeline):
    return pipeline.run("frame.exr", force=True).renditions[1].sha256


def forked(work, given):
    """What a forked process answers; none that is waited for in vain is left behind."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map_async(work, given).get(timeout=60)


def test_forked_processes_make_the_same(folder):
    expected = proxycore.thumbnail("frame.exr")
    assert forked(thumbnail, ["frame.exr"] * 4) == [expected] * 4


PIPELINES = []


def run_kept(number):
    return run(PIPELINES[number])


def read_kept(_):
    proxycore.Pipeline(PIPELINES[-1])


def test_a_pipeline_that_was_made_before_works_where_it_has_no_connections(folder, monkeypatch):
    pipelines = [proxycore.Pipeline("."), proxycore.Pipeline(".", metadata="sqlite:rows.db")]
    monkeypatch.setattr(sys.modules[__name__], "PIPELINES", pipelines)
    expected = run(pipelines[0])
    assert forked(run_kept, [0]) == [expected]
    with pytest.raises(proxycore.InvalidError, match="before this process was forked"):
        forked(run_kept, [1])
    pipelines.append(proxycore.Store("s3://renders", region="us-east-1"))
    with pytest.raises(proxycore.InvalidError, match="before this process was forked"):
        forked(read_kept, [0])
