//! What a PNG says of its picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use png::{ColorType, Info, Unit};

use super::FORMAT;
use crate::decode::Orientation;
use crate::decode::exif::Exif;
use crate::image::{Attribute, ChannelInfo, FileInfo, ImageSpec, PartInfo, SampleType};

/// Texts that are told.
const TEXTS: usize = 256;

/// Bytes that a text may unpack to.
const TEXT: usize = 64 << 10;

/// Keywords that have another name in OpenImageIO.
const NAMES: &[(&str, &str)] =
    &[("Author", "Artist"), ("Description", "ImageDescription"), ("Title", "DocumentName")];

/// A text that some writers keep Exif in, as hexadecimal digits.
const EXIF_TEXT: &str = "Raw profile type exif";

/// Describes the picture, and says how it must be turned.
pub(super) fn describe(info: &Info<'_>) -> (ImageSpec, Orientation) {
    let mut part = PartInfo::new(info.width, info.height);
    part.layout = if info.interlaced { "Adam7" } else { "scanlines" }.into();
    part.compression = "deflate".into();
    part.pixel_aspect = pixel_aspect(info);
    part.channels = channels(info);
    let mut texts = texts(info);
    let wrapped = texts.remove(EXIF_TEXT).and_then(|text| unwrap_exif(&text));
    let exif = match (&info.exif_metadata, &wrapped) {
        (Some(bytes), _) => Exif::read(bytes),
        (None, Some(bytes)) => Exif::read(bytes),
        (None, None) => Exif::default(),
    };
    let texts = texts.into_iter().map(|(name, text)| (name, Attribute::Text(text)));
    part.attributes.extend(texts);
    part.attributes.extend(exif.attributes);
    part.attributes.extend(colors(info).map(|(name, value)| (name.to_owned(), value)));
    let file = FileInfo { format: FORMAT, parts: vec![part] };
    let mut spec = ImageSpec::new(Arc::new(file), 0);
    spec.icc_profile = info.icc_profile.as_deref().map(Arc::from);
    if info.is_animated() {
        spec.reason = "the first frame of an animation";
    }
    (spec, exif.orientation)
}

/// Rows of a length divided by columns of it, as OpenImageIO takes them, whatever the unit.
fn pixel_aspect(info: &Info<'_>) -> f32 {
    match info.pixel_dims {
        Some(dims) if dims.xppu > 0 && dims.yppu > 0 => dims.yppu as f32 / dims.xppu as f32,
        _ => 1.0,
    }
}

fn channels(info: &Info<'_>) -> Vec<ChannelInfo> {
    let names: &[&str] = match info.color_type {
        ColorType::Grayscale => &["Y"],
        ColorType::GrayscaleAlpha => &["Y", "A"],
        ColorType::Rgb | ColorType::Indexed => &["R", "G", "B"],
        ColorType::Rgba => &["R", "G", "B", "A"],
    };
    let wide = info.bit_depth == png::BitDepth::Sixteen;
    let sample_type = if wide { SampleType::Uint16 } else { SampleType::Uint8 };
    let channel = |name: &&str| ChannelInfo { name: (*name).into(), sample_type, sampling: [1, 1] };
    names.iter().map(channel).collect()
}

/// What is said of the colours, each where it is said.
fn colors(info: &Info<'_>) -> impl Iterator<Item = (&'static str, Attribute)> {
    let indexed = info.color_type == ColorType::Indexed;
    let bits = if indexed { 8 } else { info.bit_depth as u8 };
    let points = info.coding_independent_code_points.map(|points| {
        let full = u8::from(points.is_video_full_range_image);
        let (first, second) = (points.color_primaries, points.transfer_function);
        Attribute::Floats([first, second, points.matrix_coefficients, full].map(f64::from).into())
    });
    let gamma = info.gama_chunk.map(|gamma| Attribute::Float(parts(gamma)));
    let chromaticities = info.chrm_chunk.map(|c| {
        let pairs = [c.red, c.green, c.blue, c.white];
        Attribute::Floats(pairs.into_iter().flat_map(|(x, y)| [parts(x), parts(y)]).collect())
    });
    let unit = info.pixel_dims.filter(|dims| dims.unit == Unit::Meter);
    [
        ("oiio:BitsPerSample", Some(Attribute::Int(bits.into()))),
        ("CICP", points),
        ("png:sRGB", info.srgb.map(|intent| Attribute::Int((intent as u8).into()))),
        ("png:gamma", gamma),
        ("chromaticities", chromaticities),
        ("XResolution", unit.map(|dims| per_inch(dims.xppu))),
        ("YResolution", unit.map(|dims| per_inch(dims.yppu))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

/// Parts of 100,000, which is how PNG stores fractions.
fn parts(number: png::ScaledFloat) -> f64 {
    f64::from(number.into_scaled()) / 100_000.0
}

fn per_inch(per_meter: u32) -> Attribute {
    Attribute::Float((f64::from(per_meter) * 0.254).round() / 10.0)
}

/// The texts, the first one of each name.
fn texts(info: &Info<'_>) -> BTreeMap<String, String> {
    let plain = info.uncompressed_latin1_text.iter();
    let plain = plain.map(|text| (text.keyword.clone(), Some(text.text.clone())));
    let packed = info.compressed_latin1_text.iter().cloned().map(|mut text| {
        let read = text.decompress_text_with_limit(TEXT).and_then(|()| text.get_text());
        (text.keyword, read.ok())
    });
    let wide = info.utf8_text.iter().cloned().map(|mut text| {
        let read = text.decompress_text_with_limit(TEXT).and_then(|()| text.get_text());
        (text.keyword, read.ok())
    });
    let mut texts = BTreeMap::new();
    for (keyword, text) in plain.chain(packed).chain(wide).take(TEXTS) {
        let name = NAMES.iter().find(|(png, _)| png.eq_ignore_ascii_case(&keyword));
        let name = name.map_or(keyword, |(_, name)| (*name).to_owned());
        if let Some(text) = text.filter(|text| text.len() <= TEXT) {
            texts.entry(name).or_insert(text);
        }
    }
    texts
}

/// Unpacks `exif`, a length and hexadecimal digits, each on lines of their own.
fn unwrap_exif(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_start().strip_prefix("exif")?.trim_start();
    let digits = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits: Vec<_> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|two| (16 * two[0] + two[1]) as u8).collect();
    bytes.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exif_in_digits_is_unwrapped() {
        let text = "\nexif\n       8\n4578696600004d4d\n";
        assert_eq!(unwrap_exif(text).unwrap(), b"MM");
        assert_eq!(unwrap_exif("exif 3 zz"), None);
    }
}
