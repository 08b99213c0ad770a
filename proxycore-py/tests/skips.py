"""A skipped test is seen, and fails a run in which everything has to be there.

Skipped tests are put on the list `$PROXYCORE_SKIPPED`, which `.ci/run` prints. Where `$PROXYCORE_REQUIRE`
is set, as in CI, a test that is skipped fails the run. A `conftest.py` imports the hook.
"""

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    lines = [line(report) for report in reporter.stats.get("skipped", [])]
    if path := os.environ.get("PROXYCORE_SKIPPED"):
        with open(path, "a", encoding="utf-8") as listed:
            listed.writelines(f"skipped: {each}\n" for each in lines)
    if lines and "PROXYCORE_REQUIRE" in os.environ:
        print(f"\n{len(lines)} tests were skipped, and PROXYCORE_REQUIRE is set")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def line(report):
    """A test, or a whole module, and why it was skipped."""
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    return f"{report.nodeid}: {why.removeprefix('Skipped: ')}"
