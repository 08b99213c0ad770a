#!/usr/bin/env python3
"""Does what a newcomer does: makes a crate of their own that depends on proxycore as it would be
published, pastes the README's example into it, and runs it; with the default features, and with none.

The example is the README's first Rust block. The first one below a line
`<!-- without default features -->`, if there is one, stands in for it where there are none. An
`.exr` that it names is a small frame.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "proxycore-py/tests"))

from frames import exr  # noqa: E402

PLAIN = "<!-- without default features -->"

MANIFEST = """\
[package]
name = "proxycore-scratch"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
proxycore = {{ path = '{path}', default-features = {defaults} }}

# as in the workspace, so that what is built already is used again
{profiles}

# one small frame: not worth the minute that it takes to optimise
[profile.dev.package.proxycore]
opt-level = 0
"""

MAIN = """\
fn main() -> Result<(), Box<dyn std::error::Error>> {{
{body}
Ok(())
}}
"""


def published(folder):
    """Packages the library, and unpacks it as cargo would."""
    package = ["cargo", "package", "--locked", "--allow-dirty", "--no-verify", "-p", "proxycore"]
    subprocess.run([*package, "--target-dir", folder], cwd=ROOT, check=True)
    (crate,) = (folder / "package").glob("proxycore-*.crate")
    with tarfile.open(crate) as archive:
        archive.extractall(folder)
    return folder / crate.stem


def example(readme):
    block = re.search(r"^```rust[^\n]*\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    if not block:
        raise SystemExit("README.md has no Rust example")
    code = block.group(1)
    return code if "fn main" in code else MAIN.format(body=code)


def crate(folder, library, code, defaults):
    profiles = (ROOT / "Cargo.toml").read_text().partition("\n[profile.")
    manifest = MANIFEST.format(
        path=library, defaults=defaults, profiles="[profile." + profiles[2]
    )
    (folder / "src").mkdir(parents=True)
    (folder / "src/main.rs").write_text(code)
    (folder / "Cargo.toml").write_text(manifest)
    shutil.copy(ROOT / "Cargo.lock", folder)


def frames(folder, code):
    """Lays a frame wherever the example looks for one."""
    for name in re.findall(r'"([^"\s]+\.exr)"', code):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(exr())


def run(folder, library, code, defaults):
    features = "default features" if defaults == "true" else "no features"
    print(f"scratch crate with {features}", flush=True)
    crate(folder, library, code, defaults)
    frames(folder, code)
    # the workspace's target folder, for what is built already
    subprocess.run(["cargo", "run", "--target-dir", ROOT / "target"], cwd=folder, check=True)


def main():
    readme = (ROOT / "README.md").read_text()
    plain = readme.partition(PLAIN)[2] or readme
    with tempfile.TemporaryDirectory() as folder:
        library = published(pathlib.Path(folder, "library"))
        run(pathlib.Path(folder, "default"), library, example(readme), "true")
        run(pathlib.Path(folder, "none"), library, example(plain), "false")
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main()
