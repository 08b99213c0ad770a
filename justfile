# Shorthands for those who have `just`; every one of them is a step of .ci/run.

# lists them
default:
    @just --list

# everything that must hold before a change lands
ci:
    bash .ci/run

# installs what the steps need
setup:
    .ci/setup

# one step, such as `just step wheel`
step name:
    bash .ci/run {{name}}

fmt:
    cargo fmt --all

lint: (step "clippy")

test: (step "test")

docs: (step "docs")

bench:
    cargo bench -p proxycore-benches
