//! How far rows are apart.
//!
//! The standard ends every row at a whole 32-bit word (SMPTE ST 268-1, table 3C) and lets a writer
//! add end-of-line padding. Writers differ: OpenImageIO ends rows of bytes and of 16-bit words
//! where they end, some count the filling bytes as padding, and some give a padding that is not
//! there. The element's own size tells them apart, so a distance that fits it to the byte is
//! believed. Where none does, the first that fits into what the header says the file's size is, in
//! the order below; else the standard's, and rows are missing. So a truncated file is never sheared
//! to make it fit.

/// How many bytes there are for an element's rows.
#[derive(Debug, Clone, Default)]
pub(in crate::decode) struct Room {
    /// Sizes that rows may fit to the byte: with and without padding behind the picture.
    exact: Vec<u64>,
    /// The size that the header gives.
    told: Option<u64>,
}

impl Room {
    /// The room from `offset` on, up to where the file ends and where the header says it does, less
    /// `padding` behind the picture.
    pub(in crate::decode) fn new(offset: u64, end: u64, told: Option<u64>, padding: u64) -> Self {
        let behind = |end: u64| end.checked_sub(offset);
        let told = told.and_then(behind);
        let whole = [behind(end), told];
        let exact = whole.into_iter().flatten();
        let exact = exact.flat_map(|room| [Some(room), room.checked_sub(padding)]).flatten();
        Self { exact: exact.collect(), told }
    }

    /// Whether so many bytes fill it.
    fn is_filled_by(&self, bytes: u64) -> bool {
        self.exact.contains(&bytes)
    }
}

/// The bytes of a row, and those that the header says follow each.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct Line {
    pub(in crate::decode) bytes: u64,
    pub(in crate::decode) padding: u64,
}

/// The widest padding of rows that are narrower than it.
const WIDEST: u64 = 8192;

impl Line {
    /// The ways from the start of a row to the next row's, the standard's first.
    fn candidates(self) -> [u64; 4] {
        let row = self.bytes;
        let words = row.next_multiple_of(4);
        let padding = if self.padding <= row.max(WIDEST) { self.padding } else { 0 };
        let padded = row + padding;
        let standard = if padded.is_multiple_of(4) { padded } else { words + padding };
        [standard, words, padded, row]
    }

    /// The way that fills the room to the byte.
    fn exact_stride(self, rows: u64, room: &Room) -> Option<u64> {
        let fills = |stride: &u64| room.is_filled_by(stride.saturating_mul(rows));
        self.candidates().into_iter().find(fills)
    }

    /// From the start of a row to the next row's.
    pub(in crate::decode) fn stride(self, rows: u64, room: &Room) -> u64 {
        let [standard, ..] = self.candidates();
        // nothing need follow the last row
        let fits = |stride: &u64| {
            let size = stride.saturating_mul(rows) - (stride - self.bytes);
            room.told.is_some_and(|told| size <= told)
        };
        let exact = self.exact_stride(rows, room);
        exact.or_else(|| self.candidates().into_iter().find(fits)).unwrap_or(standard)
    }

    /// Whether rows fill the room to the byte, with what may follow each, or `run_on` bytes without a
    /// word that ends at a row's end.
    pub(in crate::decode) fn fills(self, rows: u64, run_on: u64, room: &Room) -> bool {
        self.exact_stride(rows, room).is_some() || room.is_filled_by(run_on)
    }

    /// Whether codes run on over the ends of rows, in `run_on` bytes: where these fill the room to the
    /// byte and rows with ends do not; where neither does or both do, `is_usual` tells.
    pub(in crate::decode) fn runs_on(
        self,
        rows: u64,
        run_on: u64,
        room: &Room,
        is_usual: bool,
    ) -> bool {
        match (self.exact_stride(rows, room).is_some(), room.is_filled_by(run_on)) {
            (false, true) => true,
            (true, false) => false,
            _ => is_usual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_proves_the_padding() {
        let known = |row, padding, size: u64| {
            Line { bytes: row, padding }.stride(100, &Room::new(50, 50 + size, Some(50 + size), 0))
        };
        assert_eq!(known(10, 0, 1200), 12, "whole words");
        assert_eq!(known(10, 0, 1000), 10, "no words at all");
        assert_eq!(known(10, 0, 1100), 10, "not enough for words");
        assert_eq!(known(10, 0, 8192), 12, "something follows");
        assert_eq!(known(10, 2, 1200), 12, "the padding is what fills the word");
        assert_eq!(known(12, 8, 2000), 20, "padding behind whole words");
        assert_eq!(known(12, 8, 1200), 12, "padding that is not there");
        assert_eq!(known(10, 3, 1300), 13, "padding behind bytes");
        assert_eq!(known(10, u64::from(u32::MAX - 1), 1200), 12, "no padding");
        let wide = Line { bytes: 1 << 40, padding: 0 };
        assert_eq!(wide.stride(u64::MAX, &Room::default()), 1 << 40);
    }

    #[test]
    fn truncated_files_are_not_sheared() {
        let line = Line { bytes: 10, padding: 0 };
        assert_eq!(line.stride(100, &Room::new(0, 1100, Some(1200), 0)), 12);
        assert_eq!(line.stride(100, &Room::new(0, 1100, None, 0)), 12);
        assert_eq!(line.stride(100, &Room::new(0, 1000, None, 0)), 10);
        assert_eq!(line.stride(100, &Room::new(0, 1024, None, 24)), 10);
    }
    #[test]
    fn the_size_tells_codes_that_run_on() {
        let line = Line { bytes: 12, padding: 0 };
        let room = |size| Room::new(0, size, Some(size), 0);
        for is_usual in [false, true] {
            assert!(line.runs_on(100, 1100, &room(1100), is_usual));
            assert!(!line.runs_on(100, 1100, &room(1200), is_usual));
            assert_eq!(line.runs_on(100, 1100, &room(1300), is_usual), is_usual);
        }
        let cut = Room::new(0, 1100, Some(1200), 0);
        assert!(!line.runs_on(100, 1100, &cut, false), "a file that was cut short");
    }
}
