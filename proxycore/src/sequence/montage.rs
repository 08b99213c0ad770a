//! Many frames in one picture: the contact sheet and the sprite.
//!
//! Each frame is developed at the size of its tile, some at a time, and put in its place; no more
//! than the tiles stands in memory. Tiles show what the movie shows, also where frames are missing.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::lanes::in_order;
use super::shot::Shot;
use super::tiles::Wanted;
use crate::encode::{Codes, Encoded, Plane};
use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec};
use crate::overlay::Line;
use crate::pipeline::Pipeline;
use crate::rendition::{Rendition, Role};

/// How tiles lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Tiles in a row, and in all.
    columns: usize,
    most: usize,
    /// Pixels around all tiles, and between two.
    margin: u32,
    gap: u32,
    /// Rows below each tile for its number, and above all for the name.
    caption: u32,
    title: u32,
}

impl Grid {
    const SHEET: Self = Self { columns: 6, most: 24, margin: 24, gap: 16, caption: 20, title: 48 };
    const SPRITE: Self = Self { columns: 10, most: 100, margin: 0, gap: 0, caption: 0, title: 0 };

    pub(super) fn of(role: Role) -> Self {
        if role == Role::Sprite { Self::SPRITE } else { Self::SHEET }
    }

    /// The spans of a movie that the tiles stand for: as many as there is room for, evenly spread.
    pub(super) fn spans(&self, frames: usize) -> Vec<Range<usize>> {
        let count = self.most.min(frames);
        let start = |at: usize| (at * frames).div_ceil(count.max(1));
        (0..count).map(|at| start(at)..start(at + 1)).collect()
    }

    /// The size of the whole.
    fn size(&self, tiles: usize, tile: Extent) -> Extent {
        let columns = self.columns.min(tiles).max(1);
        let along =
            |count: usize, side: u32| count as u32 * (side + self.gap) - self.gap + 2 * self.margin;
        let rows = tiles.div_ceil(columns).max(1);
        let height = along(rows, tile.height + self.caption) + self.title;
        Extent::new(along(columns, tile.width), height)
    }

    /// The corner of a tile.
    pub(super) fn corner(&self, index: usize, tiles: usize, tile: Extent) -> (u32, u32) {
        let columns = self.columns.min(tiles).max(1);
        let (column, row) = ((index % columns) as u32, (index / columns) as u32);
        let left = self.margin + column * (tile.width + self.gap);
        let top = self.margin + self.title + row * (tile.height + self.caption + self.gap);
        (left, top)
    }
}

/// A montage, and what its tiles are.
#[derive(Debug)]
pub(super) struct Montage {
    pub(super) encoded: Encoded,
    pub(super) tile: Extent,
}

/// Rows of a frame's number, and of the sheet's title.
const NUMBER: u32 = 16;
const TITLE: u32 = 30;
/// Codes of the ground and of letters, of 255.
const GROUND: u8 = 24;
const LETTERS: [u8; 3] = [190; 3];

impl Montage {
    /// Makes the montage of `shot` that `rendition` asks for.
    ///
    /// # Errors
    /// Those of frames that are not passed over, and of the encoder.
    pub(super) fn make(
        shot: &Shot<'_>,
        run: &Pipeline,
        rendition: &Rendition,
        title: &str,
    ) -> Result<Self> {
        let (grid, shown) = (Grid::of(rendition.role()), shown(shot, rendition));
        let tile = rendition.place(&shot.first.spec)?.canvas;
        let mut sheet = Sheet::new(grid.size(shown.len(), tile), rendition)?;
        let last = Mutex::new(None);
        let picture = |at: usize| shot.picture(run, rendition, shown[at], tile, &last);
        let mut index = 0;
        in_order(rayon::current_num_threads(), shown.len(), picture, |codes: Arc<Codes>| {
            let corner = grid.corner(index, shown.len(), tile);
            sheet.put(&codes, corner)?;
            if grid.caption > 0 {
                let number = shown[index].to_string();
                let line = Line::within(&number, NUMBER, tile.width, &shot.typeface);
                sheet.write(&line, (corner.0, corner.1 + tile.height + 2));
            }
            index += 1;
            Ok(())
        })?;
        if grid.title > 0 {
            let room = sheet.codes.width.saturating_sub(2 * grid.margin);
            let line = Line::within(title, TITLE, room, &shot.typeface);
            sheet.write(&line, (grid.margin, grid.margin));
        }
        let codes = sheet.codes;
        let spec = ImageSpec::plain(codes.width, codes.height);
        Ok(Self { encoded: rendition.encoder().encode(&codes, &spec)?, tile })
    }
}

/// What the montage that `rendition` asks for shows of `shot`.
///
/// # Errors
/// As [`Rendition::place`].
pub(super) fn wanted(shot: &Shot<'_>, rendition: &Rendition) -> Result<Wanted> {
    let numbers = shown(shot, rendition).into_iter();
    let numbers = numbers.filter_map(|number| shot.timeline.candidates(number).next()).collect();
    let canvas = rendition.place(&shot.first.spec)?.canvas;
    Ok(Wanted { rendition: rendition.clone(), canvas, numbers })
}

/// The numbers of the frames that its tiles show.
fn shown(shot: &Shot<'_>, rendition: &Rendition) -> Vec<i64> {
    let (grid, numbers) = (Grid::of(rendition.role()), shot.timeline.numbers());
    grid.spans(numbers.len()).iter().map(|span| numbers[middle(span)]).collect()
}

/// The frame in the middle of a span.
fn middle(span: &Range<usize>) -> usize {
    span.start + (span.len().max(1) - 1) / 2
}

/// A picture that others are put into.
struct Sheet {
    codes: Codes,
}

impl Sheet {
    fn new(size: Extent, rendition: &Rendition) -> Result<Self> {
        let format = rendition.encoder().codes();
        let count = 3 * size.width as usize * size.height as usize;
        let ground = if rendition.role() == Role::Sprite { 0 } else { GROUND };
        let planes = vec![Plane::U8(vec![ground; count])];
        let codes = Codes { width: size.width, height: size.height, format, planes };
        Ok(Self { codes })
    }

    fn rows(&mut self) -> Result<impl Iterator<Item = &mut [u8]>> {
        let width = 3 * self.codes.width as usize;
        match &mut self.codes.planes[..] {
            [Plane::U8(codes)] => Ok(codes.chunks_exact_mut(width)),
            _ => Err(Error::encode("montage", "is of R'G'B' of 8 bits")),
        }
    }

    fn put(&mut self, tile: &Codes, (left, top): (u32, u32)) -> Result<()> {
        let [Plane::U8(from)] = &tile.planes[..] else {
            return Err(Error::encode("montage", "is of R'G'B' of 8 bits"));
        };
        let (left, width) = (3 * left as usize, 3 * tile.width as usize);
        let rows = self.rows()?.skip(top as usize);
        for (row, from) in rows.zip(from.chunks_exact(width)) {
            row[left..left + width].copy_from_slice(from);
        }
        Ok(())
    }

    /// Writes a line.
    fn write(&mut self, line: &Line, (left, top): (u32, u32)) {
        let Ok(rows) = self.rows() else { return };
        for (y, row) in (0..line.height()).zip(rows.skip(top as usize)) {
            let pixels = row.as_chunks_mut().0.get_mut(left as usize..);
            line.mix(y, pixels.unwrap_or_default(), LETTERS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_stand_for_the_whole_movie() {
        for frames in (1..=130).chain([1000, 100_001]) {
            for grid in [Grid::SHEET, Grid::SPRITE] {
                let spans = grid.spans(frames);
                assert_eq!(spans.len(), frames.min(grid.most));
                assert_eq!((spans[0].start, spans[spans.len() - 1].end), (0, frames));
                assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
                assert!(spans.iter().all(|span| !span.is_empty() && span.contains(&middle(span))));
            }
        }
    }

    #[test]
    fn tiles_lie_apart_and_inside() {
        let tile = Extent::new(32, 18);
        for grid in [Grid::SHEET, Grid::SPRITE] {
            for tiles in [1, 5, 6, 7, 24] {
                let size = grid.size(tiles, tile);
                let corners: Vec<_> = (0..tiles).map(|at| grid.corner(at, tiles, tile)).collect();
                for (index, (left, top)) in corners.iter().enumerate() {
                    assert!(left + tile.width + grid.margin <= size.width);
                    assert!(top + tile.height + grid.caption + grid.margin <= size.height);
                    let apart = |(x, y): &(u32, u32)| {
                        x.abs_diff(*left) >= tile.width || y.abs_diff(*top) >= tile.height
                    };
                    assert!(corners[..index].iter().all(apart));
                }
            }
        }
        assert_eq!(Grid::SPRITE.size(12, tile), Extent::new(320, 36));
    }
}
