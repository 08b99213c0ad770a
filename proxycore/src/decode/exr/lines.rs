//! Chunks of scan lines, read into the memory of others that were unpacked: the `exr` crate takes new
//! memory for each and clears it, which takes a tenth of the time of a frame that is not packed.

use std::io::Read;
use std::sync::{Mutex, PoisonError};

use exr::block::chunk::{Chunk, CompressedBlock, CompressedScanLineBlock};
use exr::error::{Error, Result};
use exr::meta::{BlockDescription, MetaData};

/// Chunks whose memory is kept: as many as are in work at a time on most machines.
const KEPT: usize = 1024;

/// Memory that is done with.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps the memory of a chunk that was unpacked.
    pub(super) fn give(&self, chunk: Chunk) {
        let CompressedBlock::ScanLine(block) = chunk.compressed_block else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(block.compressed_pixels_le);
        }
    }
}

/// Reads a chunk of a part of scan lines, as the crate does.
pub(super) fn read(input: &mut impl Read, meta: &MetaData, spare: &Spare) -> Result<Chunk> {
    let part = if meta.requirements.is_multilayer() { number(input)? } else { 0 };
    let invalid = |what: &'static str| Error::Invalid(what.into());
    let part = usize::try_from(part).map_err(|_| invalid("chunk data part number"))?;
    let is_flat = |header: &&exr::meta::header::Header| {
        header.blocks == BlockDescription::ScanLines && !header.deep
    };
    let header = meta.headers.get(part).filter(is_flat);
    let header = header.ok_or_else(|| invalid("chunk data part number"))?;
    let y = number(input)?;
    let length = usize::try_from(number(input)?).ok();
    let length = length.filter(|length| *length <= header.max_block_byte_size());
    let length = length.ok_or_else(|| invalid("scan line block sample count"))?;
    let mut bytes = spare.take();
    bytes.resize(length, 0);
    input.read_exact(&mut bytes)?;
    let block = CompressedScanLineBlock { y_coordinate: y, compressed_pixels_le: bytes };
    Ok(Chunk { layer_index: part, compressed_block: CompressedBlock::ScanLine(block) })
}

fn number(input: &mut impl Read) -> Result<i32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(i32::from_le_bytes(bytes))
}
