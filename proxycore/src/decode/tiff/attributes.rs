//! What a page tells of itself, under OpenImageIO's names.
//!
//! A field that cannot be read is left out: it does not keep the picture from being shown.

use std::collections::BTreeMap;

use super::bytes::File;
use super::codec;
use super::directory::Directory;
use super::pages::Page;
use super::picture::{self, RGB};
use super::{FORMAT, tag};
use crate::error::{Error, Result};
use crate::image::{Attribute, ChannelInfo, Extent, PartInfo, SampleType, Window};

const TEXTS: &[(u16, &str)] = &[
    (tag::ARTIST, "Artist"),
    (tag::COPYRIGHT, "Copyright"),
    (tag::DATE_TIME, "DateTime"),
    (tag::DOCUMENT_NAME, "DocumentName"),
    (tag::HOST_COMPUTER, "HostComputer"),
    (tag::IMAGE_DESCRIPTION, "ImageDescription"),
    (tag::MAKE, "Make"),
    (tag::MODEL, "Model"),
    (tag::SOFTWARE, "Software"),
];

const NUMBERS: &[(u16, &str)] = &[
    (tag::BITS_PER_SAMPLE, "oiio:BitsPerSample"),
    (tag::COMPRESSION, "tiff:Compression"),
    (tag::ORIENTATION, "Orientation"),
    (tag::PHOTOMETRIC, "tiff:PhotometricInterpretation"),
    (tag::PLANAR_CONFIGURATION, "tiff:PlanarConfiguration"),
    (tag::ROWS_PER_STRIP, "tiff:RowsPerStrip"),
];

const UNITS: [&str; 4] = ["", "none", "in", "cm"];

/// The widest pixel that is believed, and one over the narrowest.
const WIDEST: f32 = 8.0;

/// The kinds of extra samples that are alpha: multiplied into the colour, or not.
const ALPHA: [u64; 2] = [1, 2];

/// Describes a page, whether or not its pixels can be read.
pub(super) fn describe(file: &mut File, page: &Page, max_channels: u64) -> Result<PartInfo> {
    let fields = &page.directory;
    let mut number =
        |tag: u16, absent: u64| fields.uint(file, tag).ok().flatten().unwrap_or(absent);
    let size = [tag::IMAGE_WIDTH, tag::IMAGE_LENGTH]
        .map(|tag| u32::try_from(number(tag, 0)).unwrap_or(u32::MAX));
    let layout = match (number(tag::TILE_WIDTH, 0), number(tag::TILE_LENGTH, 0)) {
        (0, _) | (_, 0) => "scanlines".into(),
        (width, height) => format!("tiles {width}x{height}"),
    };
    let compression = codec::name(number(tag::COMPRESSION, codec::NONE));
    let samples = number(tag::SAMPLES_PER_PIXEL, 1);
    Error::check_limit("channels", max_channels, samples)?;
    let [width, height] = size;
    let window = Window { x: 0, y: 0, width, height };
    Ok(PartInfo {
        name: page.name.clone(),
        layout,
        compression,
        data_window: window,
        display_window: window,
        pixel_aspect: pixel_aspect(file, page),
        channels: channels(file, page, samples as usize),
        levels: vec![Extent::new(width, height)],
        attributes: attributes(file, page),
        ..PartInfo::new(width, height)
    })
}

/// A pixel's width by its height: resolutions are pixels by length.
fn pixel_aspect(file: &mut File, page: &Page) -> f32 {
    let mut resolution = |tag| float(file, page, tag).unwrap_or(1.0);
    let aspect = (resolution(tag::Y_RESOLUTION) / resolution(tag::X_RESOLUTION)) as f32;
    if (1.0 / WIDEST..=WIDEST).contains(&aspect) { aspect } else { 1.0 }
}

fn float(file: &mut File, page: &Page, tag: u16) -> Option<f64> {
    page.directory.floats(file, tag).ok().flatten()?.first().copied().filter(|n| n.is_finite())
}

fn attributes(file: &mut File, page: &Page) -> BTreeMap<String, Attribute> {
    let fields = &page.directory;
    let mut found = BTreeMap::new();
    for (tag, name) in TEXTS {
        if let Ok(Some(text)) = fields.text(file, *tag) {
            found.insert((*name).to_owned(), Attribute::Text(text));
        }
    }
    for (tag, name) in NUMBERS {
        if let Ok(Some(number)) = fields.uint(file, *tag) {
            found.insert((*name).to_owned(), Attribute::Int(number as i64));
        }
    }
    for (tag, name) in [(tag::X_RESOLUTION, "XResolution"), (tag::Y_RESOLUTION, "YResolution")] {
        if let Some(number) = float(file, page, tag) {
            found.insert(name.to_owned(), Attribute::Float(number));
        }
    }
    let mut text = |name: &str, text: Option<&str>| {
        found.extend(text.map(|text| (name.to_owned(), Attribute::Text(text.to_owned()))));
    };
    let mut number = |tag| fields.uint(file, tag).ok().flatten();
    text(
        "ResolutionUnit",
        number(tag::RESOLUTION_UNIT).and_then(|unit| match unit {
            1..=3 => Some(UNITS[unit as usize]),
            _ => None,
        }),
    );
    text("tiff:ColorSpace", number(tag::PHOTOMETRIC).and_then(picture::name));
    if number(tag::EXTRA_SAMPLES) == Some(2) {
        found.insert("tiff:UnassociatedAlpha".to_owned(), Attribute::Int(1));
    }
    found.extend(exif(file, fields).unwrap_or_default());
    found
}

/// Exif's colour space and interoperability index (Exif 2.32, sections 4.6.3 and 4.6.7).
fn exif(file: &mut File, fields: &Directory) -> Result<BTreeMap<String, Attribute>> {
    let mut found = BTreeMap::new();
    let Some(at) = fields.uint(file, tag::EXIF)? else { return Ok(found) };
    let exif = Directory::read(file, at)?;
    if let Some(space) = exif.uint(file, tag::EXIF_COLOR_SPACE)? {
        found.insert("Exif:ColorSpace".to_owned(), Attribute::Int(space as i64));
    }
    if let Some(at) = exif.uint(file, tag::INTEROPERABILITY)?
        && let Some(index) = Directory::read(file, at)?.text(file, tag::INTEROPERABILITY_INDEX)?
    {
        found.insert("Exif:InteroperabilityIndex".to_owned(), Attribute::Text(index));
    }
    Ok(found)
}

fn channels(file: &mut File, page: &Page, samples: usize) -> Vec<ChannelInfo> {
    let sample_type = sample_type(file, page);
    let names = names(file, page, samples);
    let info = |name| ChannelInfo { name, sample_type, sampling: [1, 1] };
    names.into_iter().map(info).collect()
}

fn sample_type(file: &mut File, page: &Page) -> SampleType {
    let mut number = |tag| page.directory.uint(file, tag).ok().flatten().unwrap_or(1);
    match (number(tag::SAMPLE_FORMAT), number(tag::BITS_PER_SAMPLE)) {
        (3, 16) => SampleType::Half,
        (3, _) => SampleType::Float,
        (_, 0..=8) => SampleType::Uint8,
        (_, 9..=16) => SampleType::Uint16,
        _ => SampleType::Uint32,
    }
}

/// The names of a page's channels: those of its colours, then of what is extra.
fn names(file: &mut File, page: &Page, samples: usize) -> Vec<String> {
    let mut numbers = |tag| page.directory.uints(file, tag).ok().flatten().unwrap_or_default();
    let extra = numbers(tag::EXTRA_SAMPLES);
    let photometric = numbers(tag::PHOTOMETRIC).first().copied();
    let colors: &[&str] = match photometric {
        Some(5) => &["C", "M", "Y", "K"],
        Some(picture::YCBCR) => &["Y", "Cb", "Cr"],
        Some(8..=10) => &["L", "a", "b"],
        Some(3) => &["index"],
        Some(32845) => &["L", "u", "v"],
        Some(0 | 1 | 4) if samples.saturating_sub(extra.len()) < 3 => &["Y"],
        None if samples < 3 => &["Y"],
        Some(RGB) if samples < 3 => &["Y"],
        _ => &["R", "G", "B"],
    };
    let name =
        |at: usize| match (colors.get(at), at.checked_sub(samples.saturating_sub(extra.len()))) {
            (_, Some(at)) if extra.get(at).is_some_and(|kind| ALPHA.contains(kind)) => {
                "A".to_owned()
            }
            (Some(color), _) => (*color).to_owned(),
            _ => format!("channel{at}"),
        };
    (0..samples).map(name).collect()
}

/// The names of what is shown, of the channels that a page has.
pub(super) fn shown(part: &PartInfo, channels: &[usize]) -> Vec<String> {
    let names = channels.iter().filter_map(|&at| part.channels.get(at));
    names.map(|channel| channel.name.clone()).collect()
}

/// The embedded ICC profile.
pub(super) fn profile(file: &mut File, page: &Page) -> Result<Option<Vec<u8>>> {
    let profile = page.directory.bytes(file, tag::ICC_PROFILE);
    profile.map_err(|_| Error::corrupt(FORMAT, "an ICC profile outside the file"))
}
