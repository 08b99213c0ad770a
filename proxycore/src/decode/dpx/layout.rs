//! Where the rows of an element are.

use super::FORMAT;
use super::header::Header;
use crate::decode::film::{Room, Source, stride};
use crate::error::{Error, Result};

/// Finds the rows of the element at `index`.
pub(super) fn source(header: &Header, index: usize) -> Result<Source> {
    let element = &header.elements[index];
    let descriptor = element.described()?;
    if descriptor.channels == ["composite"] {
        return Err(Error::unsupported(FORMAT, "composite video"));
    }
    if element.encoding > 1 {
        return Err(Error::unsupported(FORMAT, format!("encoding {}", element.encoding)));
    }
    let packing = element.packing(descriptor.step)?;
    let row = packing.bytes(u64::from(header.width) * descriptor.step as u64);
    let rows = u64::from(header.height);
    let offset = offset(header, index, row.next_multiple_of(4).saturating_mul(rows))?;
    let stride = stride(row, element.line_padding, rows, &room(header, index, offset));
    Ok(Source { offset, stride, step: descriptor.step, packing })
}

/// Where an element starts: where it says, else behind the one before it.
fn offset(header: &Header, index: usize, size: u64) -> Result<u64> {
    let undefined =
        || Error::corrupt(FORMAT, format!("element {index} does not say where it starts"));
    let element = &header.elements[index];
    let behind = || {
        let before = header.elements.get(index.checked_sub(1)?)?;
        let plain = before.bits == element.bits && !before.is_run_length();
        before.offset.filter(|_| plain).map(|start| start.saturating_add(size))
    };
    element.offset.or_else(behind).ok_or_else(undefined)
}

/// The bytes up to the next element, or up to the file's end.
fn room(header: &Header, index: usize, offset: u64) -> Room {
    let others = header.elements.iter().filter_map(|element| element.offset);
    let next = others.filter(|&other| other > offset).min();
    let told = next.or_else(|| header.fields.long(16).map(u64::from));
    let padding = header.fields.long(header.elements[index].at + 36).map_or(0, u64::from);
    Room::new(offset, next.unwrap_or(header.end), told, padding)
}
