//! Where the rows of an element are.

use super::FORMAT;
use super::header::{GENERIC, Header};
use crate::decode::film::{Cells, Line, Packing, Room, Source};
use crate::error::{Error, Result};

/// Makers and devices whose 10-bit samples run on over the ends of rows, in lower case: they stand in
/// the header's creator or input device. `FFmpeg` and `RAWcooked` know the same.
const RUNNING_ON: &[&str] = &["scanity", "lasergraphics", "diamant"];

/// Where the creator and the input device are, and how long they may be.
const MAKERS: [(usize, usize); 2] = [(160, 100), (1556, 32)];

/// Finds the rows of the element at `index`.
pub(super) fn source(header: &Header, index: usize) -> Result<Source> {
    let rows = Rows::of(header, index)?;
    let offset = rows.offset()?;
    let room = rows.room(offset);
    Ok(Source {
        offset,
        stride: rows.line.stride(rows.count, &room),
        step: rows.step,
        packing: rows.packing,
        runs_on: rows.run_on(&room),
    })
}

/// Says so where an element does not start where it says.
pub(super) fn misplaced(header: &Header, index: usize) -> Option<String> {
    let told = header.elements[index].offset?;
    let offset = Rows::of(header, index).ok()?.offset().ok()?;
    (offset != told)
        .then(|| format!("the element says that it starts at byte {told}; read from byte {offset}"))
}

/// What is known of an element's rows before it is known where they are.
struct Rows<'a> {
    header: &'a Header,
    index: usize,
    step: usize,
    packing: Packing,
    line: Line,
    count: u64,
    /// Codes of a row.
    codes: u64,
}

impl<'a> Rows<'a> {
    fn of(header: &'a Header, index: usize) -> Result<Self> {
        let element = &header.elements[index];
        let descriptor = element.described()?;
        if descriptor.channels == ["composite"] {
            return Err(Error::unsupported(FORMAT, "composite video"));
        }
        if element.encoding > 1 {
            return Err(Error::unsupported(FORMAT, format!("encoding {}", element.encoding)));
        }
        let packing = element.packing(descriptor.step)?;
        let codes = u64::from(header.width) * descriptor.step as u64;
        let line = Line { bytes: packing.bytes(codes), padding: element.line_padding };
        let (step, count) = (descriptor.step, u64::from(header.height));
        Ok(Self { header, index, step, packing, line, count, codes })
    }

    /// Bytes of all rows where codes run on over their ends.
    fn run_on_bytes(&self) -> u64 {
        self.packing.bytes(self.codes.saturating_mul(self.count))
    }

    /// Whether they do.
    fn run_on(&self, room: &Room) -> bool {
        let is_cut = self.codes.is_multiple_of(self.packing.group());
        if is_cut || self.header.elements[self.index].is_run_length() {
            return false;
        }
        let is_filled = matches!(self.packing.cells, Cells::Thirds { .. });
        let is_usual = is_filled && MAKERS.iter().any(|(at, length)| self.is_made_by(*at, *length));
        self.line.runs_on(self.count, self.run_on_bytes(), room, is_usual)
    }

    fn is_made_by(&self, at: usize, length: usize) -> bool {
        let maker = self.header.fields.text(at, length).unwrap_or_default().to_lowercase();
        RUNNING_ON.iter().any(|known| maker.contains(known))
    }

    /// Where the element starts: where it says, unless the file would end before its rows do and they
    /// are whole where the file says that pixels start, or would fill the file from there on; where it
    /// says nothing, behind the element before it.
    fn offset(&self) -> Result<u64> {
        let element = &self.header.elements[self.index];
        let undefined = || {
            let what = format!("element {} does not say where it starts", self.index);
            Error::corrupt(FORMAT, what)
        };
        let told = element.offset.or_else(|| self.behind());
        let other = if self.index == 0 { Some(self.header.offset) } else { self.behind() };
        match (told, other) {
            (Some(told), Some(other)) if told != other && self.is_better(other, told) => Ok(other),
            (told, _) => told.ok_or_else(undefined),
        }
    }

    fn is_better(&self, other: u64, told: u64) -> bool {
        let is_exact =
            |offset| self.line.fills(self.count, self.run_on_bytes(), &self.room(offset));
        match self.header.elements[self.index].is_run_length() {
            true => !self.is_within(told, 1) && self.is_within(other, 1),
            false if self.is_whole(told) => {
                self.is_whole(other) && is_exact(other) && !is_exact(told)
            }
            false => self.is_whole(other),
        }
    }

    fn is_whole(&self, offset: u64) -> bool {
        let rows = self.line.bytes.saturating_mul(self.count);
        self.is_within(offset, rows.min(self.run_on_bytes()))
    }

    fn is_within(&self, offset: u64, bytes: u64) -> bool {
        offset >= GENERIC as u64 && offset.saturating_add(bytes) <= self.header.end
    }

    /// Where the element before this one ends, where that can be known.
    fn behind(&self) -> Option<u64> {
        let element = &self.header.elements[self.index];
        let before = self.header.elements.get(self.index.checked_sub(1)?)?;
        let is_plain = before.bits == element.bits && !before.is_run_length();
        let size = self.line.bytes.next_multiple_of(4).saturating_mul(self.count);
        before.offset.filter(|_| is_plain).map(|start| start.saturating_add(size))
    }

    /// The bytes up to the next element, or up to the file's end.
    fn room(&self, offset: u64) -> Room {
        let header = self.header;
        let others = header.elements.iter().filter_map(|element| element.offset);
        let next = others.filter(|&other| other > offset).min();
        // an element that says that it starts later than it does ends where the file does
        let next = next.filter(|_| header.elements.len() > 1);
        let told = next.or_else(|| header.fields.long(16).map(u64::from));
        let padding = header.fields.long(header.elements[self.index].at + 36).map_or(0, u64::from);
        Room::new(offset, next.unwrap_or(header.end), told, padding)
    }
}
