//! The Python wheel: converts, lets go of the interpreter, calls `proxycore`, wraps the answer.
//!
//! What a Python user sees, and its docstrings, is in `python/proxycore/`; this module is the
//! private half of it, `proxycore._proxycore`. No logic belongs here.

/// The private half of the Python package `proxycore`.
#[pyo3::pymodule]
mod _proxycore {
    #[pymodule_export]
    #[allow(non_upper_case_globals)] // Python's name for it
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
