//! Which transforms frames go through, as a person says it: a config, and what to choose in it.

use std::sync::Arc;

use super::{BuiltIn, ColorConfig, OcioConfig};
use crate::error::{Error, Result};

/// A config, and what to choose in it. The default is what the environment says.
///
/// # Examples
/// ```
/// use proxycore::color::Look;
///
/// let look = Look { display: Some("sRGB - Display".to_owned()), ..Look::default() };
/// # if std::env::var_os("OCIO").is_none() && std::env::var_os("OCIO_CONFIG_PATH").is_none() {
/// assert_eq!(look.config().unwrap_err().to_string(), "display: needs an OpenColorIO config");
/// # }
/// ```
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Look {
    /// An OpenColorIO config: a .ocio or .ocioz file, or `ocio://NAME`; else `OCIO`, else
    /// `OCIO_CONFIG_PATH` of the environment, else the built-in transforms.
    pub ocio: Option<String>,
    /// A display of the config; else its first.
    pub display: Option<String>,
    /// A view of that display; else its first.
    pub view: Option<String>,
    /// The space of the display's codes, by Color Interop ID, instead of what the config says.
    pub display_space: Option<String>,
    /// Looks instead of the view's own, such as `+grade,-neutral`; none where it is empty.
    pub look: Option<String>,
    /// Stops of exposure, at most 100 up or down.
    pub exposure: f64,
    /// Whether a view has to be gone through op by op, rather than be near enough.
    pub exact: bool,
    /// Variables of the config's context.
    pub context: Vec<(String, String)>,
}

impl Look {
    /// The transforms to go through.
    ///
    /// # Errors
    /// A config that is not there or is broken, a name that it lacks, an exposure beyond all
    /// pictures, and a choice that needs a config where there is none.
    pub fn config(&self) -> Result<Arc<dyn ColorConfig>> {
        let config = match &self.ocio {
            Some(name) => Some(OcioConfig::open(name)?),
            None => OcioConfig::from_env()?,
        };
        match config {
            Some(config) => self.chosen_in(config),
            None => self.without_config(),
        }
    }

    fn chosen_in(&self, mut config: OcioConfig) -> Result<Arc<dyn ColorConfig>> {
        if let Some(display) = &self.display {
            config = config.with_display(display)?;
        }
        if let Some(view) = &self.view {
            config = config.with_view(view)?;
        }
        if let Some(space) = &self.display_space {
            config = config.with_display_space(space)?;
        }
        if let Some(look) = &self.look {
            config = config.with_look(look)?;
        }
        for (name, value) in &self.context {
            config = config.with_context(name, value);
        }
        if self.exact {
            config = config.exact();
        }
        Ok(Arc::new(config.with_exposure(self.exposure)?))
    }

    fn without_config(&self) -> Result<Arc<dyn ColorConfig>> {
        let given = [
            ("display", self.display.is_some()),
            ("display view", self.view.is_some()),
            ("display space", self.display_space.is_some()),
            ("look", self.look.is_some()),
            ("exposure", self.exposure != 0.0),
            ("context", !self.context.is_empty()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Error::invalid(option, "needs an OpenColorIO config")),
            None => Ok(Arc::new(BuiltIn)),
        }
    }
}
