//! OpenColorIO's own C++ as what carries out the transforms of an
//! [`OcioConfig`].
//!
//! A config is opened, asked and checked by the pure-Rust port that proxycore carries; what is done to
//! pixels is C++. Both make the same of them, as the tests of this crate hold; where a studio has to
//! say that its pixels came out of OpenColorIO itself, they do.
//!
//! ```
//! # fn main() -> proxycore::Result<()> {
//! # if proxycore_ocio_cxx::CxxEngine::new().is_err() { return Ok(()); }
//! use std::sync::Arc;
//!
//! use proxycore::{MemoryStorage, Pipeline};
//!
//! let config = proxycore_ocio_cxx::open("ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5")?;
//! let config = config.with_display("sRGB - Display")?.with_exposure(0.5)?;
//! let pipeline = Pipeline::new(Arc::new(MemoryStorage::new("plates"))).with_color(Arc::new(config));
//! # Ok(())
//! # }
//! ```
//!
//! What it does not do: it reads no names and no file rules (the port does), and it takes no
//! transform that the port refuses, since what is an error there can end the process in C++.

mod ops;
mod steps;

use std::sync::Arc;

use ocio_rs::{Config, LoggingLevel, ProcessorCacheFlags, TransformDirection};
use proxycore::color::{OcioConfig, OcioEngine, OcioFailure, OcioOps, OcioStep};
use proxycore::{Error, ErrorKind, Result};

use self::ops::Ops;

/// Opens a config, as [`OcioConfig::open`] does, for C++ to carry out.
///
/// # Errors
/// [`ErrorKind::Color`] for a config that either of them refuses, and as [`CxxEngine::new`].
pub fn open(name: impl Into<String>) -> Result<OcioConfig> {
    let engine = CxxEngine::new()?;
    let name = name.into();
    let config = OcioConfig::open(&name)?;
    opened(&name).map_err(|cause| color(format!("the config `{name}`: {cause}")))?;
    Ok(config.with_engine(Arc::new(engine)))
}

/// The variable by which C++ is told how to simplify its ops; the port reads it for no CPU.
const FLAGS: &str = "OCIO_OPTIMIZATION_FLAGS";

/// OpenColorIO's C++.
#[derive(Debug, Clone)]
pub struct CxxEngine {
    version: String,
}

impl CxxEngine {
    /// Finds the C++ that this crate was built with, and keeps it from writing to stderr.
    ///
    /// # Errors
    /// [`ErrorKind::Color`] where the crate was built without it: such a build gives every pixel
    /// back unchanged.
    pub fn new() -> Result<Self> {
        if ocio_rs::is_stub_build() {
            return Err(color(
                "this build has no OpenColorIO in C++: it needs the feature `bundled` or `system` \
                 of proxycore-ocio-cxx"
                    .into(),
            ));
        }
        let failed = |cause: ocio_rs::OcioError| color(cause.to_string());
        ocio_rs::try_set_logging_level(LoggingLevel::None).map_err(failed)?;
        let mut version = ocio_rs::version().unwrap_or_default();
        // these change pixels, and so have to change the recipe
        if let Ok(flags) = std::env::var(FLAGS) {
            version += &format!(", {FLAGS}={flags}");
        }
        Ok(Self { version })
    }
}

impl OcioEngine for CxxEngine {
    fn name(&self) -> String {
        format!("C++ {}", self.version)
    }

    /// A config may not leave the thread that opened it, and so is opened for each processor.
    fn ops(
        &self,
        config: &str,
        context: &[(String, String)],
        steps: &[OcioStep],
    ) -> std::result::Result<Arc<dyn OcioOps>, OcioFailure> {
        let config = opened(config)?;
        let whole = config.try_current_context()?.ok_or("the config has no context")?;
        for (name, value) in context {
            whole.set_string_var(name, value)?;
        }
        let group = steps::group(steps)?;
        let forward = TransformDirection::Forward;
        let made = config.processor_from_transform_with_context(&whole, &group, forward)?;
        Ok(Arc::new(Ops::new(made)?))
    }
}

/// Opens a config in C++; the port has opened it before.
fn opened(name: &str) -> ocio_rs::Result<Config> {
    let config = Config::from_file(name)?;
    config.try_set_processor_cache_flags(ProcessorCacheFlags::OFF.0 as i32)?;
    Ok(config)
}

fn color(what: String) -> Error {
    Error::new(ErrorKind::Color { what })
}
