//! What was done to colours, as results, rows and events tell it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Precision;

/// The transform that a picture went through: the config and what of it was chosen.
///
/// # Examples
/// ```
/// use proxycore::color::{BuiltIn, ColorConfig, ColorTransform};
/// use proxycore::detect;
/// use proxycore::image::ImageSpec;
///
/// let plain = BuiltIn.transform(&detect(&ImageSpec::plain(1, 1)));
/// assert_eq!((plain.config.as_str(), plain.view), (ColorTransform::BUILT_IN, None));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColorTransform {
    /// The config: its own name, else its file's; `ocio://...` of one that OpenColorIO carries, and
    /// `built-in` without a config.
    pub config: String,
    /// The SHA-256 of the config's text or archive, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_sha256: Option<String>,
    /// The display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// What the display's codes were taken for, where the config does not say it: by Color Interop ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_space: Option<String>,
    /// The looks: those that were asked for, else the view's own; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<String>,
    /// Stops of exposure.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exposure: f64,
    /// The variables of the config's context that were set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, String>,
    /// How near the transform is to the one that was asked for; absent where none was made yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Nearness>,
    /// The largest dE2000 of a fast transform, of the pixels that it was tried on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
}

/// How near a transform is to the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Nearness {
    /// It is the transform itself.
    Exact,
    /// A table stands for it.
    Fast,
}

impl ColorTransform {
    /// The name of the built-in transforms.
    pub const BUILT_IN: &str = "built-in";

    /// The transform of a config, nothing chosen in it.
    #[must_use]
    pub fn of(config: impl Into<String>) -> Self {
        Self {
            config: config.into(),
            config_sha256: None,
            display: None,
            view: None,
            display_space: None,
            looks: None,
            exposure: 0.0,
            context: BTreeMap::new(),
            precision: None,
            error: None,
        }
    }

    /// Sets how near it is.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        (self.precision, self.error) = match precision {
            Precision::Exact => (Some(Nearness::Exact), None),
            Precision::Fast { error } => {
                (Some(Nearness::Fast), Some((error * 1000.0).round() / 1000.0))
            }
        };
        self
    }

    /// The same without what may be long.
    pub(crate) fn brief(&self) -> Self {
        Self { context: BTreeMap::new(), looks: None, ..self.clone() }
    }
}

/// No number in it is NaN: exposures and errors are checked, and JSON has none.
impl Eq for ColorTransform {}

fn is_zero(stops: &f64) -> bool {
    *stops == 0.0
}
