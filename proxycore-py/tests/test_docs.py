"""What the stubs and the guide promise is run."""

import ast
import doctest
import functools
import re
from importlib import resources
from pathlib import Path

import pytest

import proxycore

STUBS = ["__init__.pyi", "_proxycore.pyi", "_pipeline.pyi", "_errors.py", "_protocols.py", "oiio.py"]


def docstrings(source):
    """Each docstring, with the name that it stands under."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "name", "module"), text


def run(text, name):
    """Runs the examples of a text, and says how many there are."""
    names = {each: getattr(proxycore, each) for each in proxycore.__all__}
    test = doctest.DocTestParser().get_doctest(text, names, name, name, 0)
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test)
    assert runner.failures == 0, name
    return len(test.examples)


@pytest.mark.parametrize("stub", STUBS)
def test_examples_in_the_stubs_are_true(folder, stub):
    source = resources.files("proxycore").joinpath(stub).read_text("utf-8")
    count = 0
    for name, text in docstrings(source):
        count += run(text, name)
        for made in folder.glob("**/*.jpg"):
            made.unlink()
        for kept in ("rows.db", "events.jsonl"):
            folder.joinpath(kept).unlink(missing_ok=True)
    assert count > 0 or stub == "_protocols.py"


def test_every_public_name_has_a_docstring():
    written = set()
    for stub in STUBS:
        source = resources.files("proxycore").joinpath(stub).read_text("utf-8")
        written |= {name for name, _ in docstrings(source)}
    assert set(proxycore.__all__) - written == {"__version__"}


def named(source):
    """Each public class, function and method with its docstring."""
    for node in ast.parse(source).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            yield (node.name,), ast.get_docstring(node)
        for each in getattr(node, "body", ()) if isinstance(node, ast.ClassDef) else ():
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(each):
                yield (node.name, each.name), ast.get_docstring(each)


@pytest.mark.parametrize("module", [proxycore, proxycore._proxycore, proxycore._pipeline])
def test_help_says_in_a_sentence_what_the_stubs_say(module):
    stub = f"{Path(module.__file__).name.partition('.')[0]}.pyi"
    source = resources.files("proxycore").joinpath(stub).read_text("utf-8")
    count = 0
    for path, text in named(source):
        if not hasattr(module, path[0]) or path[-1] == "__new__":
            continue
        found = functools.reduce(getattr, path, module)
        sentence = re.match(r".*?\.(?=\s|$)", " ".join(text.split())).group()
        assert " ".join((found.__doc__ or "").split()).startswith(sentence), path
        count += 1
    assert count


GUIDE = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide comes with the checkout, not with an sdist")
def test_examples_in_the_guide_run(folder):
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    assert len(blocks) >= 5
    names = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)
