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
}

/// The widest padding of rows that are narrower than it.
const WIDEST: u64 = 8192;

/// From the start of a row of `row` bytes to the next row's.
pub(in crate::decode) fn stride(row: u64, padding: u64, rows: u64, room: &Room) -> u64 {
    let words = row.next_multiple_of(4);
    let padding = if padding <= row.max(WIDEST) { padding } else { 0 };
    let padded = row + padding;
    let standard = if padded.is_multiple_of(4) { padded } else { words + padding };
    let candidates = [standard, words, padded, row];
    let size = |stride: u64| stride.saturating_mul(rows);
    let exact = candidates.into_iter().find(|&stride| room.exact.contains(&size(stride)));
    // nothing need follow the last row
    let fits = |stride: &u64| room.told.is_some_and(|told| size(*stride) - (stride - row) <= told);
    exact.or_else(|| candidates.into_iter().find(fits)).unwrap_or(standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_proves_the_padding() {
        let known = |row, padding, size: u64| {
            stride(row, padding, 100, &Room::new(50, 50 + size, Some(50 + size), 0))
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
        assert_eq!(stride(1 << 40, 0, u64::MAX, &Room::default()), 1 << 40);
    }

    #[test]
    fn truncated_files_are_not_sheared() {
        assert_eq!(stride(10, 0, 100, &Room::new(0, 1100, Some(1200), 0)), 12);
        assert_eq!(stride(10, 0, 100, &Room::new(0, 1100, None, 0)), 12);
        assert_eq!(stride(10, 0, 100, &Room::new(0, 1000, None, 0)), 10);
        assert_eq!(stride(10, 0, 100, &Room::new(0, 1024, None, 24)), 10);
    }
}
