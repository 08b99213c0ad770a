//! Image file directories: fields by number, whose values are read when they are asked for.
//!
//! A field's values may be stored as any type that holds them: widths come as bytes, shorts and
//! longs. What lies outside the file is an error where it is read, and no memory is taken for it.

use std::collections::BTreeMap;

use super::FORMAT;
use super::bytes::{File, Span};
use crate::error::{Error, Result};

/// Bytes of a value of each type, from type 0 on (TIFF 6.0, section 2; `BigTIFF`'s 16 to 18).
const TYPE_BYTES: [u64; 19] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

const ASCII: u16 = 2;
const RATIONAL: u16 = 5;
const SIGNED_RATIONAL: u16 = 10;
const FLOAT: u16 = 11;
const DOUBLE: u16 = 12;
const SIGNED: [u16; 4] = [6, 8, 9, 17];

#[derive(Debug, Clone, Copy)]
struct Field {
    kind: u16,
    count: u64,
    /// Where its values lie.
    at: u64,
}

impl Field {
    fn value_bytes(&self) -> u64 {
        TYPE_BYTES.get(usize::from(self.kind)).copied().unwrap_or(0)
    }
}

/// A directory: one picture of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    fields: BTreeMap<u16, Field>,
    /// Where the next directory lies, 0 for none.
    pub(super) next: u64,
}

impl Directory {
    /// Reads the directory at an offset, less its values.
    pub(super) fn read(file: &mut File, at: u64) -> Result<Self> {
        let (count_bytes, entry, offset) = if file.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = file.number(at, count_bytes)?;
        let bytes = count.saturating_mul(entry);
        let start = at.saturating_add(count_bytes);
        let entries = file.read(Span { offset: start, bytes })?;
        let mut fields = BTreeMap::new();
        for (index, bytes) in entries.chunks_exact(entry as usize).enumerate() {
            let value_at = start + index as u64 * entry + entry - offset;
            let (tag, field) = field(file, bytes, value_at, offset);
            fields.entry(tag).or_insert(field);
        }
        let next = file.number(start.saturating_add(bytes), offset).unwrap_or(0);
        Ok(Self { fields, next })
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, tag: u16) -> bool {
        self.fields.contains_key(&tag)
    }

    /// The raw bytes of a field's values.
    pub(super) fn bytes(&self, file: &mut File, tag: u16) -> Result<Option<Vec<u8>>> {
        let Some(field) = self.fields.get(&tag) else { return Ok(None) };
        let bytes = field.count.saturating_mul(field.value_bytes());
        let read = file.read(Span { offset: field.at, bytes });
        read.map(Some).map_err(|_| corrupt(tag, "lies outside the file"))
    }

    /// A field of unsigned integers.
    pub(super) fn uints(&self, file: &mut File, tag: u16) -> Result<Option<Vec<u64>>> {
        let Some(bytes) = self.bytes(file, tag)? else { return Ok(None) };
        let field = self.fields[&tag];
        let numbers = ![ASCII, RATIONAL, SIGNED_RATIONAL, FLOAT, DOUBLE].contains(&field.kind);
        if !numbers || field.value_bytes() == 0 {
            return Err(corrupt(tag, "is of a type that holds no integers"));
        }
        let values = bytes.chunks_exact(field.value_bytes() as usize);
        Ok(Some(values.map(|value| file.order.uint(value)).collect()))
    }

    /// The first of a field's unsigned integers.
    pub(super) fn uint(&self, file: &mut File, tag: u16) -> Result<Option<u64>> {
        Ok(self.uints(file, tag)?.and_then(|values| values.first().copied()))
    }

    /// The same, or what stands for an absent field.
    pub(super) fn uint_or(&self, file: &mut File, tag: u16, absent: u64) -> Result<u64> {
        Ok(self.uint(file, tag)?.unwrap_or(absent))
    }

    /// A field of numbers of any type.
    pub(super) fn floats(&self, file: &mut File, tag: u16) -> Result<Option<Vec<f64>>> {
        let Some(bytes) = self.bytes(file, tag)? else { return Ok(None) };
        let field = self.fields[&tag];
        if field.kind == ASCII || field.value_bytes() == 0 {
            return Err(corrupt(tag, "is of a type that holds no numbers"));
        }
        let values = bytes.chunks_exact(field.value_bytes() as usize);
        Ok(Some(values.map(|value| float(file, field.kind, value)).collect()))
    }

    /// A field of text, up to its first NUL, without the white space around it.
    pub(super) fn text(&self, file: &mut File, tag: u16) -> Result<Option<String>> {
        let Some(bytes) = self.bytes(file, tag)? else { return Ok(None) };
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        let text = String::from_utf8_lossy(&bytes[..end]).trim().to_owned();
        Ok((!text.is_empty()).then_some(text))
    }
}

fn field(file: &File, bytes: &[u8], value_at: u64, offset: u64) -> (u16, Field) {
    let number = |from: usize, to: usize| file.order.uint(&bytes[from..to]);
    let (kind, count) = (number(2, 4) as u16, number(4, bytes.len() - offset as usize));
    let mut field = Field { kind, count, at: value_at };
    if count.saturating_mul(field.value_bytes()) > offset {
        field.at = number(bytes.len() - offset as usize, bytes.len());
    }
    (number(0, 2) as u16, field)
}

fn float(file: &File, kind: u16, value: &[u8]) -> f64 {
    let bits = file.order.uint(value);
    let half = |at: usize| file.order.uint(&value[at..at + 4]) as u32;
    match kind {
        RATIONAL => f64::from(half(0)) / f64::from(half(4)),
        SIGNED_RATIONAL => f64::from(half(0) as i32) / f64::from(half(4) as i32),
        FLOAT => f64::from(f32::from_bits(bits as u32)),
        DOUBLE => f64::from_bits(bits),
        _ if SIGNED.contains(&kind) => {
            let unused = 64 - 8 * value.len() as u32;
            ((bits << unused) as i64 >> unused) as f64
        }
        _ => bits as f64,
    }
}

fn corrupt(tag: u16, what: &str) -> Error {
    Error::corrupt(FORMAT, format!("field {tag} {what}"))
}
