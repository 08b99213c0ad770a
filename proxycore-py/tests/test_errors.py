"""What calls raise, and what it says."""

import pickle

import pytest

import proxycore


def test_a_missing_source_is_a_file_not_found_error(folder):
    with pytest.raises(FileNotFoundError) as caught:
        proxycore.thumbnail("missing.exr")
    error = caught.value
    assert isinstance(error, proxycore.NotFoundError)
    assert (error.kind, error.is_retryable, error.key) == ("not_found", False, "missing.exr")
    assert str(error) == "missing.exr: no such file or object"


def test_damaged_and_unknown_content_is_told(frame):
    with pytest.raises(proxycore.CorruptError) as caught:
        proxycore.thumbnail(frame[: len(frame) // 2])
    assert caught.value.kind == "corrupt" and not caught.value.is_retryable
    with pytest.raises(proxycore.UnknownFormatError, match="looks like text"):
        proxycore.info(b"hello\n")


def test_every_class_has_a_kind_of_its_own():
    classes = proxycore.ProxycoreError.__subclasses__()
    assert len({each.kind for each in classes}) == len(classes) == 17
    for each in classes:
        assert each.__name__ in proxycore.__all__ and each.__doc__
    retryable = {each.kind for each in classes if each.is_retryable}
    assert retryable == {"changed", "storage", "sink"}
    elsewhere = {each.kind for each in classes if not each.is_of_source}
    assert elsewhere == retryable | {"denied", "refused", "no_such", "missing_feature"}


def test_the_cause_is_kept(folder):
    (folder / "rows").write_text("no folder")
    with pytest.raises(proxycore.ProxycoreError) as caught:
        proxycore.Pipeline(".", metadata="jsonl:rows/rows.jsonl")
    causes = []
    error = caught.value
    while error.__cause__ is not None:
        error = error.__cause__
        causes.append(str(error))
    assert any("os error" in cause for cause in causes), causes


def test_errors_go_to_other_processes(folder):
    with pytest.raises(proxycore.NotFoundError) as caught:
        proxycore.info("missing.exr")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is proxycore.NotFoundError
    assert (str(copy), copy.kind, copy.key) == (str(caught.value), "not_found", "missing.exr")
