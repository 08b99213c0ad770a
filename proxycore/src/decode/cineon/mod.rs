//! Cineon, version 4.5: what Kodak's film scanners wrote, and DPX was made from.
//!
//! Every channel is an image element of its own; the codes of all of them lie interleaved by pixel,
//! by line or by channel. In practice a file has R, G, B of 10 bits, a pixel to a 32-bit word. Codes
//! stay codes: whatever its fields say, Cineon is printing density.
//!
//! Limitations: elements of different sizes or depths, and packings that leave cells empty, are
//! typed [`Unsupported`](crate::ErrorKind::Unsupported) errors. A negative is told, not inverted.

mod attributes;
mod header;

use std::sync::Arc;

use self::header::Header;
use super::film::{Line, Pick, Picture, Room, Rows, Show, Source, rational, upright_of};
use super::{DecodeOptions, Decoder, Selection, no_such};
use crate::error::Result;
use crate::image::{Image, ImageSpec, Native};
use crate::input::Input;

const FORMAT: &str = "Cineon";

/// Reads Cineon of both byte orders and all three ways to interleave channels.
#[derive(Debug, Clone, Copy, Default)]
pub struct CineonDecoder;

impl Decoder for CineonDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["cin"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(&header::MAGIC) || head.iter().take(4).eq(header::MAGIC.iter().rev())
    }

    fn open(&self, mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        let header = Header::read(&mut *input, &options.limits)?;
        let (shown, reason) = shown(&header, &options.selection)?;
        let picture = picture(&header, &shown)?;
        let orientation = upright_of(header.fields.byte(192).unwrap_or(0).into());
        let spec = ImageSpec {
            channels: shown.iter().map(|&channel| header.channels[channel].clone()).collect(),
            frames_per_second: header.fields.real(1072).and_then(rational),
            reason,
            ..ImageSpec::new(Arc::new(attributes::file_info(&header)), 0)
        };
        Rows::image(spec, input, picture, orientation, header.end, options)
    }
}

/// The channels that are shown, and why.
fn shown(header: &Header, selection: &Selection) -> Result<(Vec<usize>, &'static str)> {
    selection.check_flat()?;
    let names: Vec<&str> = header.channels.iter().map(String::as_str).collect();
    let find = |wanted: &str| names.iter().position(|channel| *channel == wanted);
    match selection {
        Selection { part: Some(part), .. } if part != "0" => Err(no_such("part", part, ["0"])),
        Selection { layer: Some(layer), .. } => match find(layer) {
            Some(channel) => Ok((vec![channel], "the channel that was named")),
            None => Err(no_such("layer", layer, names)),
        },
        _ => Ok(match ["R", "G", "B"].map(find) {
            [Some(red), Some(green), Some(blue)] => (vec![red, green, blue], "R, G and B"),
            _ if names.len() >= 3 => (vec![0, 1, 2], "the first three channels"),
            _ => (vec![0], "the first channel"),
        }),
    }
}

/// Where the codes of the channels that are shown lie.
fn picture(header: &Header, shown: &[usize]) -> Result<Picture> {
    let (channels, rows) = (header.channels.len() as u64, u64::from(header.height));
    let packing = header.packing()?;
    let [padding, behind] = [684, 688].map(|at| header.fields.long(at).map_or(0, u64::from));
    let told = header.fields.long(20).map(u64::from);
    let room = Room::new(header.offset, header.end, told, behind);
    let distance = |codes: u64, rows: u64| {
        let bytes = packing.bytes(u64::from(header.width) * codes);
        Line { bytes, padding }.stride(rows, &room)
    };
    let source = |offset: u64, stride: u64, step| Source {
        offset: header.offset.saturating_add(offset),
        stride,
        step,
        packing,
        runs_on: false,
    };
    let line = distance(1, rows.saturating_mul(channels));
    let alone = |channel: &usize| match header.fields.byte(680) {
        Some(1) => source(line * *channel as u64, line.saturating_mul(channels), 1),
        _ => source(line.saturating_mul(rows).saturating_mul(*channel as u64), line, 1),
    };
    let interleaved = matches!(header.fields.byte(680), None | Some(0));
    let (sources, picks): (Vec<_>, Vec<_>) = if interleaved {
        let whole = source(0, distance(channels, rows), channels as usize);
        (vec![whole], shown.iter().map(|&code| Pick { source: 0, code }).collect())
    } else {
        let picks = (0..shown.len()).map(|source| Pick { source, code: 0 });
        (shown.iter().map(alone).collect(), picks.collect())
    };
    Ok(Picture {
        format: FORMAT,
        width: header.width as usize,
        height: header.height as usize,
        sources,
        value: header.value(),
        show: Show::Planes(picks),
        runs: false,
        bottom_up: false,
        range: None,
    })
}
