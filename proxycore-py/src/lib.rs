//! The Python wheel: converts, lets go of the interpreter, calls `proxycore`, wraps the answer.
//!
//! What a Python user sees, and its docstrings, is in `python/proxycore/`; this module is the
//! private half of it, `proxycore._proxycore`. No logic belongs here.

mod argument;
mod error;
mod frame;
mod given;
mod options;
mod pieces;
mod pipeline;
mod pixels;
mod rendition;
mod result;
mod rows;
mod sequence;
mod sinks;
mod source;
mod storage;
mod store;
mod work;

/// The private half of the Python package `proxycore`.
#[pyo3::pymodule]
mod _proxycore {
    #[pymodule_export]
    use super::frame::{compute_asset_id, compute_file_id, info, pixels, proxy, thumbnail};
    #[pymodule_export]
    use super::pipeline::Pipeline;
    #[pymodule_export]
    use super::pixels::Pixels;
    #[pymodule_export]
    use super::rendition::Rendition;
    #[pymodule_export]
    use super::result::{Made, Persistence, Result};
    #[pymodule_export]
    use super::rows::Rows;
    #[pymodule_export]
    use super::sequence::Found;
    #[pymodule_export]
    use super::sinks::Event;
    #[pymodule_export]
    use super::store::Store;

    #[pymodule_export]
    #[allow(non_upper_case_globals)] // Python's name for it
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
