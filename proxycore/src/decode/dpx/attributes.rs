//! The header's other fields, under OpenImageIO's names.

use std::collections::BTreeMap;

use super::FORMAT;
use super::element::Element;
use super::header::Header;
use super::industry;
use crate::decode::film::{Field, upright_of};
use crate::image::{Attribute, ChannelInfo, FileInfo, PartInfo, SampleType};

/// Fields of the file, and where they are.
const FILE: &[(&str, usize, Field)] = &[
    ("dpx:Version", 8, Field::Text(8)),
    ("dpx:DittoKey", 20, Field::Long),
    ("Software", 160, Field::Text(100)),
    ("DocumentName", 260, Field::Text(200)),
    ("Copyright", 460, Field::Text(200)),
    ("dpx:EncryptKey", 660, Field::Long),
    ("dpx:XOffset", 1408, Field::Long),
    ("dpx:YOffset", 1412, Field::Long),
    ("dpx:XOriginalSize", 1424, Field::Long),
    ("dpx:YOriginalSize", 1428, Field::Long),
    ("dpx:SourceImageFileName", 1432, Field::Text(100)),
    ("dpx:InputDevice", 1556, Field::Text(32)),
    ("dpx:InputDeviceSerialNumber", 1588, Field::Text(32)),
    ("dpx:XScannedSize", 1636, Field::Real),
    ("dpx:YScannedSize", 1640, Field::Real),
    ("dpx:Format", 1680, Field::Text(32)),
    ("dpx:FramePosition", 1712, Field::Long),
    ("dpx:SequenceLength", 1716, Field::Long),
    ("dpx:HeldCount", 1720, Field::Long),
    ("dpx:FrameRate", 1724, Field::Real),
    ("dpx:ShutterAngle", 1728, Field::Real),
    ("dpx:FrameId", 1732, Field::Text(32)),
    ("dpx:SlateInfo", 1764, Field::Text(100)),
    ("dpx:UserBits", 1924, Field::Long),
    ("dpx:Interlace", 1928, Field::Byte),
    ("dpx:FieldNumber", 1929, Field::Byte),
    ("dpx:HorizontalSampleRate", 1932, Field::Real),
    ("dpx:VerticalSampleRate", 1936, Field::Real),
    ("dpx:TemporalFrameRate", 1940, Field::Real),
    ("dpx:TimeOffset", 1944, Field::Real),
    ("dpx:Gamma", 1948, Field::Real),
    ("dpx:BlackLevel", 1952, Field::Real),
    ("dpx:BlackGain", 1956, Field::Real),
    ("dpx:BreakPoint", 1960, Field::Real),
    ("dpx:WhiteLevel", 1964, Field::Real),
    ("dpx:IntegrationTimes", 1968, Field::Real),
];

/// Fields of an element, and where they are in it.
const ELEMENT: &[(&str, usize, Field)] = &[
    ("dpx:LowData", 4, Field::Long),
    ("dpx:LowQuantity", 8, Field::Real),
    ("dpx:HighData", 12, Field::Long),
    ("dpx:HighQuantity", 16, Field::Real),
    ("dpx:EndOfLinePadding", 32, Field::Long),
    ("dpx:EndOfImagePadding", 36, Field::Long),
    ("ImageDescription", 40, Field::Text(32)),
];

/// Transfer characteristics and colorimetric specifications (tables 5A and 5B).
const CHARACTERISTICS: &[&str] = &[
    "User defined",
    "Printing density",
    "Linear",
    "Logarithmic",
    "Unspecified video",
    "SMPTE 274M",
    "ITU-R 709-4",
    "ITU-R 601-5 system B or G",
    "ITU-R 601-5 system M",
    "NTSC composite video",
    "PAL composite video",
    "Z depth linear",
    "Z depth homogeneous",
    "ADX",
];

const PACKINGS: &[&str] = &["Packed", "Filled, method A", "Filled, method B"];

/// Video signal standards (table 8).
const SIGNALS: &[(u8, &str)] = &[
    (0, "Undefined"),
    (1, "NTSC"),
    (2, "PAL"),
    (3, "PAL-M"),
    (4, "SECAM"),
    (50, "YCbCr ITU-R 601-5 525i, 4:3"),
    (51, "YCbCr ITU-R 601-5 625i, 4:3"),
    (100, "YCbCr ITU-R 601-5 525i, 16:9"),
    (101, "YCbCr ITU-R 601-5 625i, 16:9"),
    (150, "YCbCr 1050i, 16:9"),
    (151, "YCbCr 1125i, 16:9 (SMPTE 274M)"),
    (152, "YCbCr 1250i, 16:9"),
    (153, "YCbCr 1125i, 16:9 (SMPTE 240M)"),
    (200, "YCbCr 525p, 16:9"),
    (201, "YCbCr 625p, 16:9"),
    (202, "YCbCr 750p, 16:9 (SMPTE 296M)"),
    (203, "YCbCr 1125p, 16:9 (SMPTE 274M)"),
];

/// Describes the file: a part for each element.
pub(super) fn file_info(header: &Header) -> FileInfo {
    let shared = shared(header);
    let part = |element: &Element| PartInfo {
        name: Some(element.name().to_owned()),
        compression: if element.is_run_length() { "RLE" } else { "none" }.into(),
        pixel_aspect: pixel_aspect(header),
        channels: channels(element),
        attributes: of_element(header, element, shared.clone()),
        ..PartInfo::new(header.width, header.height)
    };
    FileInfo { format: FORMAT, parts: header.elements.iter().map(part).collect() }
}

/// Horizontal over vertical, where both are there (clause 6.4).
fn pixel_aspect(header: &Header) -> f32 {
    let [across, down] = [1628, 1632].map(|at| header.fields.long(at).unwrap_or(0));
    let aspect = across as f32 / down as f32;
    if (0.05..=20.0).contains(&aspect) { aspect } else { 1.0 }
}

fn channels(element: &Element) -> Vec<ChannelInfo> {
    let Some(descriptor) = element.descriptor() else {
        return Vec::new();
    };
    let shared = |name: &str| descriptor.is_subsampled() && name.starts_with('C');
    let channel = |name: &&str| ChannelInfo {
        name: (*name).to_owned(),
        sample_type: if element.signed { SampleType::Float } else { element.sample_type() },
        sampling: if shared(name) { [2, 1] } else { [1, 1] },
    };
    descriptor.channels.iter().map(channel).collect()
}

fn shared(header: &Header) -> BTreeMap<String, Attribute> {
    let fields = &header.fields;
    let mut found: BTreeMap<_, _> = FILE
        .iter()
        .filter_map(|&(name, at, field)| Some((name.into(), fields.attribute(at, field)?)))
        .collect();
    let mut tell = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            found.insert(name.into(), Attribute::Text(text));
        }
    };
    tell("DateTime", fields.text(136, 24).map(|text| date(&text)));
    tell("dpx:SourceDateTime", fields.text(1532, 24).map(|text| date(&text)));
    tell("dpx:FilmEdgeCode", industry::edge_code(fields));
    tell("smpte:KeyCode", industry::keycode(fields));
    let timecode = industry::timecode(fields).map(|code| code.to_string());
    tell("dpx:TimeCode", timecode.clone());
    tell("smpte:TimeCode", timecode);
    tell("dpx:Signal", fields.byte(1930).map(signal));
    let orientation = upright_of(header.orientation()) as i64;
    found.insert("Orientation".into(), Attribute::Int(orientation));
    found
}

fn of_element(
    header: &Header,
    element: &Element,
    mut found: BTreeMap<String, Attribute>,
) -> BTreeMap<String, Attribute> {
    let fields = &header.fields;
    let named = ELEMENT.iter().filter_map(|&(name, at, field)| {
        Some((name.to_owned(), fields.attribute(element.at + at, field)?))
    });
    found.extend(named);
    let characteristic = |at: usize| {
        let code = fields.byte(element.at + at).map(usize::from);
        code.and_then(|code| CHARACTERISTICS.get(code)).unwrap_or(&"Undefined").to_string()
    };
    let mut tell = |name: &str, text: String| found.insert(name.into(), Attribute::Text(text));
    tell("dpx:Transfer", characteristic(21));
    tell("dpx:Colorimetric", characteristic(22));
    tell("dpx:ImageDescriptor", element.name().to_owned());
    if let Some(packing) = PACKINGS.get(usize::from(element.packing)) {
        tell("dpx:Packing", (*packing).to_owned());
    }
    found.insert("oiio:BitsPerSample".into(), Attribute::Int(element.bits.into()));
    found
}

fn signal(code: u8) -> String {
    let known = SIGNALS.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| format!("Undefined {code}"), |(_, name)| (*name).to_owned())
}

/// `2026:04:01:12:00:00+0000` as OpenImageIO writes it: `2026:04:01 12:00:00`.
fn date(text: &str) -> String {
    let letters = text.chars().take(19).enumerate();
    letters.map(|(at, letter)| if at == 10 { ' ' } else { letter }).collect()
}
