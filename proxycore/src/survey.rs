//! Counting what a source's picture costs to read, without reading its pixels.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::input::Input;

/// Which bytes were read, and which will be.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    read: Vec<Range<u64>>,
    planned: Option<Vec<Range<u64>>>,
}

impl Survey {
    /// Watches an input.
    pub(crate) fn watch(self: &Arc<Self>, input: Box<dyn Input>) -> Box<dyn Input> {
        Box::new(Watched { input, position: 0, survey: Arc::clone(self) })
    }

    /// The bytes of an object of `size` that will have been read: what was read of the header, and
    /// what the decoder has said it will read, or all of it where it has not.
    pub(crate) fn bytes(&self, size: u64) -> u64 {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(planned) = &seen.planned else { return size };
        count(seen.read.iter().chain(planned).cloned().collect())
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The bytes in ranges, each once.
fn count(mut ranges: Vec<Range<u64>>) -> u64 {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut end = 0;
    ranges.iter().fold(0, |sum, range| {
        let new = range.end.saturating_sub(range.start.max(end));
        end = end.max(range.end);
        sum + new
    })
}

struct Watched {
    input: Box<dyn Input>,
    position: u64,
    survey: Arc<Survey>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        let range = self.position..self.position + count as u64;
        self.position = range.end;
        self.survey.change(|seen| match seen.read.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => seen.read.push(range),
        });
        Ok(count)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.input.seek(to)?;
        Ok(self.position)
    }
}

impl Input for Watched {
    fn is_remote(&self) -> bool {
        true
    }

    /// The latest plan counts: one made for a level that serves comes after that of the full one.
    fn will_read(&mut self, ranges: &[Range<u64>]) {
        self.survey.change(|seen| seen.planned = Some(ranges.to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn bytes_count_once() {
        let survey = Arc::<Survey>::default();
        let mut input = survey.watch(Box::new(Cursor::new(vec![0; 100])));
        let mut ten = [0; 10];
        input.read_exact(&mut ten).unwrap();
        input.rewind().unwrap();
        input.read_exact(&mut ten).unwrap();
        assert_eq!(survey.bytes(100), 100);
        input.will_read(&[5..20, 50..60, 15..30]);
        assert_eq!(survey.bytes(100), 40);
    }
}
