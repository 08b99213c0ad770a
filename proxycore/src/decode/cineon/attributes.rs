//! The header's other fields, under OpenImageIO's names.

use std::collections::BTreeMap;

use super::FORMAT;
use super::header::Header;
use crate::decode::film::{Field, Fields, upright_of};
use crate::image::{Attribute, ChannelInfo, FileInfo, PartInfo, SampleType};

/// Fields of the file, and where they are.
const FILE: &[(&str, usize, Field)] = &[
    ("cineon:Version", 24, Field::Text(8)),
    ("cineon:WhitePoint", 420, Field::Pair),
    ("cineon:RedPrimary", 428, Field::Pair),
    ("cineon:GreenPrimary", 436, Field::Pair),
    ("cineon:BluePrimary", 444, Field::Pair),
    ("cineon:LabelText", 452, Field::Text(200)),
    ("cineon:ImageSense", 683, Field::Byte),
    ("cineon:XOffset", 712, Field::Long),
    ("cineon:YOffset", 716, Field::Long),
    ("cineon:SourceImageFileName", 720, Field::Text(100)),
    ("cineon:InputDevice", 844, Field::Text(64)),
    ("cineon:InputDeviceModelNumber", 908, Field::Text(32)),
    ("cineon:InputDeviceSerialNumber", 940, Field::Text(32)),
    ("cineon:XDevicePitch", 972, Field::Real),
    ("cineon:YDevicePitch", 976, Field::Real),
    ("cineon:Gamma", 980, Field::Real),
    ("cineon:Format", 1036, Field::Text(32)),
    ("cineon:FramePosition", 1068, Field::Long),
    ("cineon:FrameRate", 1072, Field::Real),
    ("cineon:FrameId", 1076, Field::Text(32)),
    ("cineon:SlateInfo", 1108, Field::Text(200)),
];

/// Fields of each element, and where they are in it.
const ELEMENT: &[(&str, usize, Field)] = &[
    ("cineon:Metric", 0, Field::Byte),
    ("cineon:BitDepth", 2, Field::Byte),
    ("cineon:PixelsPerLine", 4, Field::Long),
    ("cineon:LinesPerElement", 8, Field::Long),
    ("cineon:LowData", 12, Field::Real),
    ("cineon:LowQuantity", 16, Field::Real),
    ("cineon:HighData", 20, Field::Real),
    ("cineon:HighQuantity", 24, Field::Real),
];

const DESCRIPTORS: &[&str] = &[
    "Grayscale",
    "Red, printing density",
    "Green, printing density",
    "Blue, printing density",
    "Red, Rec709",
    "Green, Rec709",
    "Blue, Rec709",
];

const PACKINGS: &[&str] = &[
    "Packed",
    "8-bit boundary, left justified",
    "8-bit boundary, right justified",
    "16-bit boundary, left justified",
    "16-bit boundary, right justified",
    "32-bit boundary, left justified",
    "32-bit boundary, right justified",
];

/// Describes the file.
pub(super) fn file_info(header: &Header) -> FileInfo {
    let sample_type = if header.bits <= 8 { SampleType::Uint8 } else { SampleType::Uint16 };
    let channel = |name: &String| ChannelInfo { name: name.clone(), sample_type, sampling: [1, 1] };
    let part = PartInfo {
        channels: header.channels.iter().map(channel).collect(),
        attributes: attributes(header),
        ..PartInfo::new(header.width, header.height)
    };
    FileInfo { format: FORMAT, parts: vec![part] }
}

fn attributes(header: &Header) -> BTreeMap<String, Attribute> {
    let fields = &header.fields;
    let of_file =
        FILE.iter().filter_map(|&(name, at, field)| Some((name, fields.attribute(at, field)?)));
    let of_elements = ELEMENT.iter().filter_map(|&(name, at, field)| {
        Some((name, joined(header, |element| fields.attribute(element + at, field))?))
    });
    let orientation = upright_of(fields.byte(192).unwrap_or(0).into());
    let made = [
        ("oiio:BitsPerSample", Some(Attribute::Int(header.bits.into()))),
        ("Orientation", Some(Attribute::Int(orientation as i64))),
        ("cineon:ImageDescriptor", Some(Attribute::Texts(descriptors(header)))),
        ("cineon:Packing", fields.byte(681).and_then(packing).map(Attribute::Text)),
        ("cineon:FilmEdgeCode", edge_code(fields).map(Attribute::Text)),
        ("DateTime", date(fields, 820).or_else(|| date(fields, 132)).map(Attribute::Text)),
    ];
    let made = made.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let all = of_file.chain(of_elements).chain(made);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A field of all elements, where every one has it.
fn joined(header: &Header, field: impl Fn(usize) -> Option<Attribute>) -> Option<Attribute> {
    let number = |index| match field(Header::element(index))? {
        Attribute::Int(value) => Some(value as f64),
        Attribute::Float(value) => Some(value),
        _ => None,
    };
    (0..header.channels.len()).map(number).collect::<Option<_>>().map(Attribute::Floats)
}

fn descriptors(header: &Header) -> Vec<String> {
    let name = |index| {
        let code = header.fields.byte(Header::element(index) + 1).map(usize::from);
        code.and_then(|code| DESCRIPTORS.get(code)).unwrap_or(&"Undefined").to_string()
    };
    (0..header.channels.len()).map(name).collect()
}

fn packing(code: u8) -> Option<String> {
    let boundary = PACKINGS.get(usize::from(code & 0x7f))?;
    let many = if code & 0x80 == 0 { "at most one pixel" } else { "as many fields as possible" };
    Some(format!("{boundary}, {many} per cell"))
}

/// Manufacturer, type, offset in perforations, prefix and count.
fn edge_code(fields: &Fields) -> Option<String> {
    let [maker, kind, perforation] = [1024, 1025, 1026].map(|at| fields.byte(at));
    let (prefix, count) = (fields.long(1028)?, fields.long(1032)?);
    Some(format!("{:02}{:02}{:02}{prefix:06}{count:04}", maker?, kind?, perforation?))
}

/// A date and the time behind it.
fn date(fields: &Fields, at: usize) -> Option<String> {
    Some(format!("{} {}", fields.text(at, 12)?, fields.text(at + 12, 12)?))
}
