//! The header: read, bounded, and told in the crate's own words.

use std::sync::Arc;

use exr::math::RoundingMode;
use exr::meta::attribute::LevelMode;
use exr::meta::header::Header;
use exr::meta::{BlockDescription, MetaData};
use exr::prelude::{IntegerBounds, SampleType as ExrSampleType};

use super::attributes::text;
use super::choice::{Choice, Shown};
use super::raw::RawHeader;
use super::tracked::Tracked;
use super::{FORMAT, attributes, compression, corrupt, deep, levels, packed, subsampled};
use crate::decode::{Limits, unreadable};
use crate::error::{Error, Result};
use crate::image::{
    ChannelInfo, Extent, FileInfo, ImageSpec, PartInfo, Rational, SQUARE, SampleType, Timecode,
    Window,
};
use crate::input::Input;

/// What stands before the pixels, and where the pixels' tables begin.
#[derive(Debug)]
pub(super) struct FileHeader {
    pub(super) meta: MetaData,
    pub(super) info: Arc<FileInfo>,
    /// Where the first part's chunk offset table starts, in bytes.
    pub(super) tables_at: u64,
    /// The number of each part's compression, as stored.
    compressions: Vec<u8>,
    /// What the file may ask for.
    pub(super) limits: Limits,
}

impl FileHeader {
    /// Reads the header of a file and checks it against the limits before anything is allocated.
    pub(super) fn read(input: &mut dyn Input, limits: &Limits) -> Result<Self> {
        let mut tracked = Tracked::new(input).map_err(unreadable)?;
        let RawHeader { meta, compressions, end } = RawHeader::read(&mut tracked, limits)?;
        check_limits(&meta.headers, limits)?;
        let parts = meta.headers.iter().zip(&compressions);
        let parts = parts.map(|(header, number)| part_info(header, *number)).collect();
        let info = Arc::new(FileInfo { format: FORMAT, parts });
        Ok(Self { meta, info, tables_at: end, compressions, limits: limits.clone() })
    }

    /// The error of a part whose compression is not unpacked.
    pub(super) fn unread_compression(&self, choice: &Choice) -> Option<Error> {
        compression::unread(self.compressions[choice.part])
    }

    /// Checks that the level and the channels of a choice are some that we can unpack.
    pub(super) fn check_readable(&self, choice: &Choice, level: usize) -> Result<()> {
        let header = &self.meta.headers[choice.part];
        levels::check(header, &self.info.parts[choice.part], level)?;
        if header.deep {
            return self.validate(&deep::checked(header, choice)?);
        }
        if !subsampled::is_subsampled(header) {
            return self.validate(header);
        }
        subsampled::check(header)?;
        choice.check_sampling(&self.info.parts[choice.part])?;
        self.validate(&subsampled::filled(header))
    }

    fn validate(&self, header: &Header) -> Result<()> {
        header
            .validate(self.meta.requirements.is_multilayer(), &mut false, false)
            .map_err(|cause| corrupt("header", cause))
    }

    /// What the picture of a choice shows: the display window, or the whole of a smaller level.
    pub(super) fn picture(&self, choice: &Choice, level: usize) -> Window {
        let part = &self.info.parts[choice.part];
        if level == 0 { part.display_window } else { whole(part.levels[level]) }
    }

    /// An eighth of the picture, where the compression has it.
    pub(super) fn eighth(&self, choice: &Choice) -> Option<Window> {
        let part = &self.info.parts[choice.part];
        let is_whole = part.data_window == part.display_window;
        let is_had =
            is_whole && packed::has_eighth(&self.meta.headers[choice.part], &choice.channels);
        is_had.then(|| whole(eighth(part.levels[0])))
    }

    /// Describes the picture of a choice.
    pub(super) fn spec(
        &self,
        choice: &Choice,
        level: usize,
        picture: Window,
        is_eighth: bool,
    ) -> ImageSpec {
        let part = &self.info.parts[choice.part];
        let full = part.display_window;
        let squares_of = is_eighth.then(|| Extent::new(full.width, full.height));
        let [width, height] = match squares_of {
            Some(_) => [full.width, full.height].map(|size| f64::from(size) / f64::from(SQUARE)),
            None => [picture.width.into(), picture.height.into()],
        };
        // levels of odd sizes are rounded, and so their pixels are not of the full level's shape
        let (wider, higher) = (f64::from(full.width) / width, f64::from(full.height) / height);
        ImageSpec {
            width: picture.width,
            height: picture.height,
            pixel_aspect: (f64::from(part.pixel_aspect) * wider / higher) as f32,
            level,
            eighth: self.eighth(choice).map(|eighth| Extent::new(eighth.width, eighth.height)),
            squares_of,
            reason: choice.reason,
            channels: choice.names(part),
            frames_per_second: frames_per_second(&self.meta.headers[choice.part]),
            timecode: timecode(&self.meta.headers[choice.part]),
            is_data: matches!(choice.shown, Shown::Data(_)),
            warnings: choice.warning.iter().cloned().collect(),
            ..ImageSpec::new(Arc::clone(&self.info), choice.part)
        }
    }
}

fn whole(Extent { width, height }: Extent) -> Window {
    Window { x: 0, y: 0, width, height }
}

fn eighth(full: Extent) -> Extent {
    Extent::new(full.width.div_ceil(SQUARE), full.height.div_ceil(SQUARE))
}

fn check_limits(headers: &[Header], limits: &Limits) -> Result<()> {
    Error::check_limit("parts", limits.parts, headers.len() as u64)?;
    for header in headers {
        let area = |window: IntegerBounds| window.size.0 as u64 * window.size.1 as u64;
        Error::check_limit("channels", limits.channels, header.channels.list.len() as u64)?;
        Error::check_limit("pixels", limits.pixels, area(header.shared_attributes.display_window))?;
        Error::check_limit("pixels", limits.pixels, area(header.data_window()))?;
        Error::check_limit("bytes in a block", limits.block_bytes, block_bytes(header))?;
    }
    Ok(())
}

fn block_bytes(header: &Header) -> u64 {
    let pixels = match header.blocks {
        BlockDescription::ScanLines => {
            header.layer_size.0 as u64 * header.compression.scan_lines_per_block() as u64
        }
        BlockDescription::Tiles(tiles) => {
            (tiles.tile_size.0 as u64).saturating_mul(tiles.tile_size.1 as u64)
        }
    };
    pixels.saturating_mul(header.channels.bytes_per_pixel as u64)
}

fn part_info(header: &Header, compression: u8) -> PartInfo {
    let data = window(header.data_window());
    PartInfo {
        name: header.own_attributes.layer_name.as_ref().map(text),
        view: header.own_attributes.view_name.as_ref().map(text),
        layout: layout(header),
        compression: compression::name(compression),
        data_window: data,
        display_window: window(header.shared_attributes.display_window),
        pixel_aspect: header.shared_attributes.pixel_aspect,
        channels: header.channels.list.iter().map(channel_info).collect(),
        attributes: attributes::named(header),
        levels: levels::sizes(header),
    }
}

fn layout(header: &Header) -> String {
    let deep = if header.deep { "deep " } else { "" };
    match header.blocks {
        BlockDescription::ScanLines => format!("{deep}scanlines"),
        BlockDescription::Tiles(tiles) => {
            let (width, height) = (tiles.tile_size.0, tiles.tile_size.1);
            let round = if tiles.rounding_mode == RoundingMode::Up { "up" } else { "down" };
            let map = match tiles.level_mode {
                LevelMode::Singular => String::new(),
                LevelMode::MipMap => format!(", mip map {round}"),
                LevelMode::RipMap => format!(", rip map {round}"),
            };
            format!("{deep}tiles {width}x{height}{map}")
        }
    }
}

fn window(bounds: IntegerBounds) -> Window {
    Window {
        x: bounds.position.0,
        y: bounds.position.1,
        width: u32::try_from(bounds.size.0).unwrap_or(u32::MAX),
        height: u32::try_from(bounds.size.1).unwrap_or(u32::MAX),
    }
}

fn channel_info(channel: &exr::meta::attribute::ChannelDescription) -> ChannelInfo {
    let factor = |sampling: usize| u32::try_from(sampling).unwrap_or(u32::MAX);
    ChannelInfo {
        name: text(&channel.name),
        sample_type: match channel.sample_type {
            ExrSampleType::U32 => SampleType::Uint32,
            ExrSampleType::F16 => SampleType::Half,
            ExrSampleType::F32 => SampleType::Float,
        },
        sampling: [factor(channel.sampling.0), factor(channel.sampling.1)],
    }
}

fn frames_per_second(header: &Header) -> Option<Rational> {
    let (num, den) = header.own_attributes.frames_per_second?;
    let num = u32::try_from(num).ok()?;
    (num > 0 && den > 0).then_some(Rational { num, den })
}

fn timecode(header: &Header) -> Option<Timecode> {
    let code = header.shared_attributes.time_code?;
    Some(Timecode {
        hours: code.hours,
        minutes: code.minutes,
        seconds: code.seconds,
        frames: code.frame,
        drop_frame: code.drop_frame,
    })
}
