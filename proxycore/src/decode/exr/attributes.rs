//! The header's attributes, in the crate's own words.

use std::collections::BTreeMap;

use exr::meta::attribute::{AttributeValue, Chromaticities, Text};
use exr::meta::header::Header;

use crate::image::Attribute;

/// What the part's other fields tell already.
const TOLD_ELSEWHERE: &[&str] = &[
    "channels",
    "chunkCount",
    "compression",
    "dataWindow",
    "displayWindow",
    "name",
    "pixelAspectRatio",
    "preview",
    "tiles",
    "type",
    "view",
];

/// The attributes of a part by name, less those that its other fields tell and raw bytes.
pub(super) fn named(header: &Header) -> BTreeMap<String, Attribute> {
    header
        .all_named_attributes()
        .map(|(name, value)| (decoded(name), value))
        .filter(|(name, _)| !TOLD_ELSEWHERE.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name, attribute(value)?)))
        .collect()
}

/// A name or a text: UTF-8, as OpenEXR has it, else Latin-1.
pub(super) fn text(text: &Text) -> String {
    decoded(text.bytes())
}

fn decoded(bytes: &[u8]) -> String {
    let latin = || bytes.iter().map(|byte| char::from(*byte)).collect();
    str::from_utf8(bytes).map_or_else(|_| latin(), str::to_owned)
}

fn attribute(value: AttributeValue) -> Option<Attribute> {
    use AttributeValue as Value;
    Some(match value {
        Value::Chromaticities(value) => Attribute::Floats(chromaticities(value)),
        Value::EnvironmentMap(value) => Attribute::Text(format!("{value:?}")),
        Value::LineOrder(value) => Attribute::Text(format!("{value:?}")),
        Value::Matrix3x3(values) => floats(&values),
        Value::Matrix4x4(values) => floats(&values),
        Value::Rational((num, den)) => Attribute::Text(format!("{num}/{den}")),
        Value::TextVector(texts) => Attribute::Texts(texts.iter().map(text).collect()),
        Value::TimeCode(code) => Attribute::Text(timecode(&code)),
        Value::Text(text) => Attribute::Text(self::text(&text)),
        Value::F64(value) => Attribute::Float(value),
        Value::F32(value) => Attribute::Float(shortest(value)),
        Value::I32(value) => Attribute::Int(value.into()),
        Value::FloatRect(rect) => floats(&[rect.min.0, rect.min.1, rect.max.0, rect.max.1]),
        Value::IntVec2(value) => floats(&[value.0 as f32, value.1 as f32]),
        Value::FloatVec2(value) => floats(&[value.0, value.1]),
        Value::IntVec3((x, y, z)) => floats(&[x as f32, y as f32, z as f32]),
        Value::FloatVec3((x, y, z)) => floats(&[x, y, z]),
        _ => return None,
    })
}

fn floats(values: &[f32]) -> Attribute {
    Attribute::Floats(values.iter().copied().map(shortest).collect())
}

/// The double that prints as the float does: 0.64, not 0.6399999856948853.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

/// Red, green, blue and white, each x then y, as OpenImageIO lists them.
fn chromaticities(value: Chromaticities) -> Vec<f64> {
    [value.red, value.green, value.blue, value.white]
        .iter()
        .flat_map(|point| [shortest(point.0), shortest(point.1)])
        .collect()
}

fn timecode(code: &exr::meta::attribute::TimeCode) -> String {
    let drop = if code.drop_frame { ';' } else { ':' };
    format!("{:02}:{:02}:{:02}{drop}{:02}", code.hours, code.minutes, code.seconds, code.frame)
}
