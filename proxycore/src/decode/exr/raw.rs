//! The header as it lies in the file, made into one that the `exr` crate reads.
//!
//! The crate wants headers to the letter, and OpenEXR's own library does not. What differs is set
//! right here, as the library has it (`OpenEXRCore/parse_header.c`), and the crate reads the result:
//!
//! - channels are sorted by their names, for pixels are stored in that order whatever the list's is;
//! - in a file of one part the version's flags decide on scan lines or tiles, not `type`;
//! - names may have 255 bytes, whether or not the flag for long names is set;
//! - a window that is left out is the other one, and a compression that is left out is ZIP;
//! - `maxSamplesPerPixel` is -1 until the file is closed, and nobody needs it;
//! - a compression that the crate does not know is kept apart, and read as none.
//!
//! A window without pixels is an error.

use std::io::{Cursor, Read};

use exr::meta::MetaData;

use super::tracked::Tracked;
use super::{FORMAT, corrupt, guard};
use crate::decode::{Limits, unreadable};
use crate::error::{Error, Result};
use crate::input::Input;

/// The version's flags, "The OpenEXR file layout", version field.
const LONG_NAMES: u32 = 1 << 10;
const DEEP: u32 = 1 << 11;
const SEVERAL_PARTS: u32 = 1 << 12;

/// The longest name of an attribute, a type or a channel, in bytes.
const LONGEST_NAME: usize = 255;

/// The longest attribute that is kept, in bytes; longer ones are passed over.
const LONGEST: u64 = 32 << 20;

/// The first compression that the crate does not know.
const UNKNOWN: u8 = 12;

const NONE: u8 = 0;
const ZIP: u8 = 3;

/// The bytes of a channel behind its name, and how many of them are read at least.
const CHANNEL: usize = 16;

/// An attribute as stored.
#[derive(Debug, Clone)]
struct Attribute {
    name: Vec<u8>,
    kind: Vec<u8>,
    value: Vec<u8>,
}

/// The attributes of a part.
type Part = Vec<Attribute>;

/// A header that was read.
#[derive(Debug)]
pub(super) struct RawHeader {
    pub(super) meta: MetaData,
    /// The number of each part's compression, as stored.
    pub(super) compressions: Vec<u8>,
    /// Where the header ends, in bytes of the file.
    pub(super) end: u64,
}

impl RawHeader {
    /// Reads a header, sets right what differs from the letter, and has the crate read it.
    pub(super) fn read(input: &mut Tracked<&mut dyn Input>, limits: &Limits) -> Result<Self> {
        let version = read_version(input)?;
        let mut parts = read_parts(input, version, limits)?;
        let end = input.position();
        let mut compressions = Vec::with_capacity(parts.len());
        for part in &mut parts {
            settle_windows(part)?;
            settle_type(part, version);
            settle_channels(part);
            settle_samples(part);
            compressions.push(settle_compression(part));
        }
        let mut header = Cursor::new(written(version | LONG_NAMES, &parts));
        let meta = guard::survive(|| MetaData::read_from_buffered(&mut header, false));
        let meta = meta.map_err(|cause| corrupt("header", cause))?;
        Ok(Self { meta, compressions, end })
    }
}

fn broken(what: &str) -> Error {
    Error::corrupt(FORMAT, format!("header: {what}"))
}

fn failed(cause: std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::UnexpectedEof => broken("the file ends too early"),
        _ => unreadable(cause),
    }
}

fn read_version(input: &mut impl Read) -> Result<u32> {
    let mut head = [0; 8];
    input.read_exact(&mut head).map_err(failed)?;
    let [_, _, _, _, version @ ..] = head;
    Ok(u32::from_le_bytes(version))
}

fn read_parts(
    input: &mut Tracked<&mut dyn Input>,
    version: u32,
    limits: &Limits,
) -> Result<Vec<Part>> {
    let mut parts = vec![read_part(input)?];
    if version & SEVERAL_PARTS == 0 {
        return Ok(parts);
    }
    loop {
        let part = read_part(input)?;
        if part.is_empty() {
            break;
        }
        parts.push(part);
        Error::check_limit("parts", limits.parts, parts.len() as u64)?;
    }
    Ok(parts)
}

/// Reads attributes up to the empty name that ends them.
fn read_part(input: &mut Tracked<&mut dyn Input>) -> Result<Part> {
    let mut part = Part::new();
    loop {
        let name = read_name(input)?;
        if name.is_empty() {
            return Ok(part);
        }
        part.extend(read_attribute(input, name)?);
    }
}

/// Reads what follows an attribute's name; `None` where it is too long to be of use.
fn read_attribute(input: &mut Tracked<&mut dyn Input>, name: Vec<u8>) -> Result<Option<Attribute>> {
    let kind = read_name(input)?;
    let mut size = [0; 4];
    input.read_exact(&mut size).map_err(failed)?;
    let size = u64::try_from(i32::from_le_bytes(size)).map_err(|_| broken("attribute size"))?;
    let end = input.position() + size;
    if end > input.length() {
        return Err(broken("the file ends too early"));
    }
    if size > LONGEST {
        input.go_to(end).map_err(failed)?;
        return Ok(None);
    }
    let mut value = vec![0; size as usize];
    input.read_exact(&mut value).map_err(failed)?;
    Ok(Some(Attribute { name, kind, value }))
}

fn read_name(input: &mut impl Read) -> Result<Vec<u8>> {
    let mut name = Vec::new();
    loop {
        let mut byte = [0];
        input.read_exact(&mut byte).map_err(failed)?;
        match byte {
            [0] => return Ok(name),
            _ if name.len() == LONGEST_NAME => return Err(broken("a name is too long")),
            [byte] => name.push(byte),
        }
    }
}

fn find<'a>(part: &'a mut Part, name: &[u8]) -> Option<&'a mut Attribute> {
    part.iter_mut().rfind(|attribute| attribute.name == name)
}

fn add(part: &mut Part, name: &[u8], kind: &[u8], value: Vec<u8>) {
    part.push(Attribute { name: name.into(), kind: kind.into(), value });
}

/// Checks that both windows have pixels; the display window may be left out.
fn settle_windows(part: &mut Part) -> Result<()> {
    for (name, what) in [("dataWindow", "data"), ("displayWindow", "display")] {
        let window = find(part, name.as_bytes());
        if window.is_some_and(|window| is_empty(&window.value)) {
            return Err(Error::corrupt(FORMAT, format!("the {what} window is empty")));
        }
    }
    if find(part, b"displayWindow").is_none()
        && let Some(data) = find(part, b"dataWindow")
    {
        let value = data.value.clone();
        add(part, b"displayWindow", b"box2i", value);
    }
    Ok(())
}

/// Whether the last column or row of a window lies before its first.
fn is_empty(window: &[u8]) -> bool {
    let [left, top, right, bottom] = window.as_chunks().0 else { return false };
    let [left, top, right, bottom] =
        [left, top, right, bottom].map(|side| i32::from_le_bytes(*side));
    right < left || bottom < top
}

/// Follows the flags where a file has one part: what `type` says matters of deep parts only.
fn settle_type(part: &mut Part, version: u32) {
    match version & (SEVERAL_PARTS | DEEP) {
        0 => part.retain(|attribute| attribute.name != b"type"),
        DEEP if find(part, b"type").is_none() => {
            let is_tiled = find(part, b"tiles").is_some();
            let kind: &[u8] = if is_tiled { b"deeptile" } else { b"deepscanline" };
            add(part, b"type", b"string", kind.into());
        }
        _ => {}
    }
}

/// Sorts the channels by their names, byte by byte.
fn settle_channels(part: &mut Part) {
    let Some(list) = find(part, b"channels") else { return };
    let Some(mut channels) = channels(&list.value) else { return };
    if !channels.is_sorted() {
        channels.sort();
        list.value = channels.concat();
        list.value.push(0);
    }
}

/// The bytes of each channel, its name first; `None` for what is no list of channels.
fn channels(mut list: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut channels = Vec::new();
    while list.first().is_some_and(|first| *first != 0) {
        let name = list.iter().position(|byte| *byte == 0)?;
        let (channel, rest) = list.split_at_checked(name + 1 + CHANNEL)?;
        channels.push(channel.to_vec());
        list = rest;
    }
    Some(channels)
}

/// Sets a number of samples that its writer did not live to say to 0.
fn settle_samples(part: &mut Part) {
    if let Some(most) = find(part, b"maxSamplesPerPixel")
        && most.value == [0xff; 4]
    {
        most.value.fill(0);
    }
}

/// The number of the compression; the crate gets one that it knows.
fn settle_compression(part: &mut Part) -> u8 {
    let Some(compression) = find(part, b"compression") else {
        add(part, b"compression", b"compression", vec![ZIP]);
        return ZIP;
    };
    let number = compression.value.first().copied().unwrap_or(ZIP);
    if number >= UNKNOWN {
        compression.value = vec![NONE];
    }
    number
}

/// The bytes of a header, magic number and all.
fn written(version: u32, parts: &[Part]) -> Vec<u8> {
    let mut out = super::MAGIC.to_vec();
    out.extend(version.to_le_bytes());
    for part in parts {
        for Attribute { name, kind, value } in part {
            for text in [name, kind] {
                out.extend(text);
                out.push(0);
            }
            // no longer than what was read, whose length was one
            out.extend((value.len() as u32).to_le_bytes());
            out.extend(value);
        }
        out.push(0);
    }
    if version & SEVERAL_PARTS != 0 {
        out.push(0);
    }
    out
}
