//! The levels of a tiled part: mip maps, and the diagonal of rip maps.
//!
//! Level (l, l) of a rip map is the whole picture at one scale, as level l of a mip map is; those
//! beside the diagonal are squeezed, and not offered.
//!
//! A smaller level is a picture only where the data window is the display window: else the display
//! window's corner would lie between the level's pixels. Only the full level is shown then.

use exr::meta::attribute::LevelMode;
use exr::meta::header::Header;
use exr::meta::{BlockDescription, compute_level_size, mip_map_levels, rip_map_levels};
use exr::prelude::Vec2;

use super::FORMAT;
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Extent, PartInfo};

/// The levels that a picture may be read in, largest first.
pub(super) fn sizes(header: &Header) -> Vec<Extent> {
    let extent = |size: Vec2<usize>| Extent::new(bounded(size.0), bounded(size.1));
    let full = header.layer_size;
    let BlockDescription::Tiles(tiles) = header.blocks else {
        return vec![extent(full)];
    };
    let round = tiles.rounding_mode;
    match tiles.level_mode {
        LevelMode::Singular => vec![extent(full)],
        LevelMode::MipMap => mip_map_levels(round, full).map(|(_, size)| extent(size)).collect(),
        LevelMode::RipMap => rip_map_levels(round, full)
            .filter(|(at, _)| at.0 == at.1)
            .map(|(_, size)| extent(size))
            .collect(),
    }
}

/// Checks that a part has the level, and that it is a picture.
pub(super) fn check(header: &Header, part: &PartInfo, level: usize) -> Result<()> {
    if level >= part.levels.len() {
        let available = (0..part.levels.len()).map(|level| level.to_string()).collect();
        let name = level.to_string();
        return Err(Error::new(ErrorKind::NoSuch { what: "level", name, available }));
    }
    let feature = match level {
        0 => return Ok(()),
        _ if header.deep => "a smaller level of a deep part",
        _ if part.data_window == part.display_window => return Ok(()),
        _ => "a smaller level where the data window is not the display window",
    };
    Err(Error::unsupported(FORMAT, feature))
}

/// How a part is cut into chunks at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Rows of a scan line block or a tile.
    pub(super) lines: usize,
    /// Columns of a scan line block or a tile.
    pub(super) columns: usize,
    /// Chunks side by side.
    pub(super) across: usize,
    /// Rows of chunks.
    pub(super) down: usize,
    /// The level, the same on both axes.
    pub(super) level: usize,
    /// How many chunks of the part stand before the level's first in its table.
    pub(super) before: usize,
}

impl Grid {
    /// Cuts a level of the diagonal, which the part must have.
    pub(super) fn new(header: &Header, level: usize) -> Self {
        let BlockDescription::Tiles(tiles) = header.blocks else {
            let lines = header.compression.scan_lines_per_block();
            let (columns, down) = (header.layer_size.0, header.layer_size.1.div_ceil(lines));
            return Self { lines, columns, across: 1, down, level, before: 0 };
        };
        let (columns, lines) = (tiles.tile_size.0, tiles.tile_size.1);
        let round = tiles.rounding_mode;
        let cut = |size: Vec2<usize>| [size.0.div_ceil(columns), size.1.div_ceil(lines)];
        let chunks = |size| cut(size).into_iter().product::<usize>();
        let full = header.layer_size;
        let before = match tiles.level_mode {
            LevelMode::Singular => 0,
            LevelMode::MipMap => {
                mip_map_levels(round, full).take(level).map(|(_, size)| chunks(size)).sum()
            }
            // row by row of the map: first every width of the full height
            LevelMode::RipMap => rip_map_levels(round, full)
                .take_while(|(at, _)| *at != Vec2(level, level))
                .map(|(_, size)| chunks(size))
                .sum(),
        };
        let size = |full| compute_level_size(round, full, level);
        let [across, down] = cut(Vec2(size(full.0), size(full.1)));
        Self { lines, columns, across, down, level, before }
    }

    /// The same chunks, of an eighth of the pixels on each side.
    pub(super) fn eighth(self) -> Self {
        Self { lines: self.lines.div_ceil(8), columns: self.columns.div_ceil(8), ..self }
    }

    /// How many chunks the level has.
    pub(super) fn chunks(&self) -> usize {
        self.across * self.down
    }
}

fn bounded(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use exr::math::RoundingMode;
    use exr::meta::attribute::TileDescription;
    use exr::prelude::{SmallVec, Text};

    use super::*;

    fn tiled(size: (usize, usize), level_mode: LevelMode, rounding_mode: RoundingMode) -> Header {
        let mut header = Header::new(Text::from(""), Vec2(size.0, size.1), SmallVec::new());
        let tile_size = Vec2(16, 16);
        let tiles = TileDescription { tile_size, level_mode, rounding_mode };
        header.blocks = BlockDescription::Tiles(tiles);
        header
    }

    fn shapes(header: &Header) -> Vec<(u32, u32)> {
        sizes(header).iter().map(|size| (size.width, size.height)).collect()
    }

    #[test]
    fn levels_halve_and_are_rounded_as_the_file_says() {
        use LevelMode::{MipMap, RipMap, Singular};
        use RoundingMode::{Down, Up};
        let of = |mode, round| shapes(&tiled((37, 5), mode, round));
        assert_eq!(of(Singular, Down), [(37, 5)]);
        assert_eq!(of(MipMap, Down), [(37, 5), (18, 2), (9, 1), (4, 1), (2, 1), (1, 1)]);
        let up = [(37, 5), (19, 3), (10, 2), (5, 1), (3, 1), (2, 1), (1, 1)];
        assert_eq!(of(MipMap, Up), up);
        assert_eq!(of(RipMap, Down), [(37, 5), (18, 2), (9, 1)]);
        assert_eq!(of(RipMap, Up), up[..4]);
    }

    #[test]
    fn the_table_has_the_levels_one_after_another() {
        let grids = |mode| {
            let header = tiled((40, 20), mode, RoundingMode::Down);
            [0, 1, 2].map(|level| {
                let grid = Grid::new(&header, level);
                (grid.before, grid.across, grid.down)
            })
        };
        // 40x20, 20x10, 10x5 in tiles of 16x16
        assert_eq!(grids(LevelMode::MipMap), [(0, 3, 2), (6, 2, 1), (8, 1, 1)]);
        // rows of the map: six widths of 3, 2, 1, 1, 1, 1 tiles; the first row is two tiles high
        assert_eq!(grids(LevelMode::RipMap), [(0, 3, 2), (18 + 3, 2, 1), (18 + 9 + 5, 1, 1)]);
    }
}
