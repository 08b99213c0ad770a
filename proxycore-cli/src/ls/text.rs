//! Sequences for people: a line each, in columns.

use proxycore::sequence::FrameSet;

use super::{Entry, Range};
use crate::report::bytes;
use crate::terminal::plain;

/// Ranges of missing frames that are told one by one.
const TOLD: usize = 8;

/// What stands between columns.
const GAP: &str = "  ";

/// A line for each, under headings where they lie in several folders.
pub fn table(entries: &[Entry]) -> String {
    let rows: Vec<_> = entries.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0);
    let widths: Vec<_> = (0..COLUMNS).map(width).collect();
    let is_one = entries.iter().all(|entry| entry.folder == entries[0].folder);
    let mut lines = Vec::new();
    let mut heading = None;
    for (entry, row) in entries.iter().zip(&rows) {
        if !is_one && heading.replace(&entry.folder) != Some(&entry.folder) {
            lines.extend((!lines.is_empty()).then(String::new));
            lines.push(plain(&entry.folder).into_owned());
        }
        let indent = if is_one { "" } else { GAP };
        lines.push(format!("{indent}{}", line(row, &widths)));
    }
    lines.join("\n")
}

const COLUMNS: usize = 6;

/// Name, range, count, size, format, and what is missing: that is last, for it may be long.
fn row(entry: &Entry) -> [String; COLUMNS] {
    let name = plain(entry.key.rsplit('/').next().unwrap_or_default()).into_owned();
    let size = bytes(entry.size_bytes);
    let format = entry.format.unwrap_or_default().to_owned();
    let Some(frames) = &entry.range.frames else {
        return [name, String::new(), String::new(), size, format, String::new()];
    };
    let plural = if frames.len() == 1 { "" } else { "s" };
    let count = format!("{} frame{plural}", frames.len());
    [name, range(frames), count, size, format, missing(&entry.range).unwrap_or_default()]
}

/// From first to last, with the step where they are at equal distances.
pub fn range(frames: &FrameSet) -> String {
    match (frames.first(), frames.last()) {
        (Some(first), Some(last)) if frames.ranges() > 1 => format!("{first}-{last}"),
        _ => frames.to_string(),
    }
}

/// What is missing. Frames at equal distances are a step, unless others were asked for.
fn missing(range: &Range) -> Option<String> {
    let gaps = range.missing.as_ref()?;
    let is_step = range.frames.as_ref().is_some_and(|frames| frames.ranges() < 2);
    if is_step && !range.is_asked {
        return None;
    }
    let told: Vec<_> = gaps.to_string().split(',').take(TOLD).map(str::to_owned).collect();
    let more =
        if gaps.ranges() > TOLD { format!(", ... ({} in all)", gaps.len()) } else { String::new() };
    Some(format!("missing {}{more}", told.join(", ")))
}

/// Puts a row into columns; those that hold numbers end together.
fn line(row: &[String; COLUMNS], widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, &widest)) in row.iter().zip(widths).enumerate() {
        let space = " ".repeat(widest - width(cell));
        line += &match column {
            _ if widest == 0 => continue,
            2 | 3 => format!("{space}{cell}{GAP}"),
            _ => format!("{cell}{space}{GAP}"),
        };
    }
    line.trim_end().to_owned()
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(frames: &FrameSet, asked: Option<&FrameSet>) -> String {
        missing(&Range::of(frames.clone(), asked)).unwrap_or_default()
    }

    #[test]
    fn ranges_and_gaps_read_as_people_say_them() {
        for (frames, said, gaps) in [
            ("1001-1010", "1001-1010", ""),
            ("7", "7", ""),
            ("1-96x5", "1-96x5", ""),
            ("1001-1006,1008-1009,1013", "1001-1013", "missing 1007, 1010-1012"),
            ("1,3", "1-3", "missing 2"),
            ("-5,-3", "-5--3", "missing -4"),
        ] {
            let frames: FrameSet = frames.parse().unwrap();
            assert_eq!(range(&frames), said);
            assert_eq!(told(&frames, None), gaps);
        }
        let frames: FrameSet = (1..200).filter(|n| n % 10 > 1 && n % 7 > 0).collect();
        let said = told(&frames, None);
        assert!(said.starts_with("missing 7, 10-11, ") && said.len() < 80, "{said}");
        assert!(said.ends_with(&format!(", ... ({} in all)", frames.gaps().len())), "{said}");
    }

    #[test]
    fn of_frames_that_were_asked_for_those_are_missing() {
        for (asked, there, said) in [
            ("1001-1010x3", "1001-1010x3", ""),
            ("1001-1010x3", "1001,1004,1010", "missing 1007"),
            ("1001-1010x3", "1001,1010", "missing 1004, 1007"),
            ("1-5", "1,3,5", "missing 2, 4"),
            ("1-5", "2-3", "missing 1, 4-5"),
        ] {
            assert_eq!(told(&there.parse().unwrap(), Some(&asked.parse().unwrap())), said);
        }
    }
}
