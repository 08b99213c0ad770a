//! Scans: from bits to coefficients.
//!
//! A scan holds some coefficients of some components. Sequential frames store all 64 at once;
//! progressive ones store them in bands, first coarse, then bit by bit finer (T.81 annex G).

use std::ops::Range;
use std::sync::Arc;

use super::FORMAT;
use super::bits::Bits;
use super::bytes::Bytes;
use super::header::{Frame, Tables, ZIGZAG};
use super::huffman::Huffman;
use crate::error::{Error, Result};

/// A component in a scan.
struct Coded {
    /// Which of the frame's it is.
    component: usize,
    dc: Option<Arc<Huffman>>,
    ac: Option<Arc<Huffman>>,
    /// The last DC coefficient.
    last: i32,
}

/// A scan that is being read.
pub(super) struct Scan {
    coded: Vec<Coded>,
    band: Range<usize>,
    /// The bit that was stored before, and the one that is stored now.
    bits: [u32; 2],
    restart: usize,
    /// Units until the next restart marker, and the marker's number.
    until_restart: usize,
    next_restart: u8,
    /// Blocks that follow without coefficients of the band.
    empty: u32,
    data: Bits,
}

fn bad(what: &str) -> Error {
    Error::corrupt(FORMAT, what)
}

impl Scan {
    /// Parses a scan header, T.81 B.2.3.
    pub(super) fn parse(segment: &[u8], frame: &Frame, tables: &Tables) -> Result<Self> {
        let count = usize::from(*segment.first().ok_or_else(|| bad("an empty scan header"))?);
        let (listed, rest) = segment[1..].split_at_checked(2 * count).unwrap_or_default();
        let &[first, last, bits, ..] = rest else {
            return Err(bad("a scan header that is too short"));
        };
        let coded: Vec<_> =
            listed.chunks_exact(2).map(|pair| coded(pair, frame, tables)).collect::<Result<_>>()?;
        let band = usize::from(first)..usize::from(last) + 1;
        let bits = [u32::from(bits >> 4), u32::from(bits & 15)];
        let scan = Self {
            coded,
            band: if frame.progressive { band } else { 0..64 },
            bits: if frame.progressive { bits } else { [0, 0] },
            restart: tables.restart,
            until_restart: tables.restart,
            next_restart: 0,
            empty: 0,
            data: Bits::default(),
        };
        scan.check(frame)?;
        Ok(scan)
    }

    fn check(&self, frame: &Frame) -> Result<()> {
        let mut seen: Vec<_> = self.coded.iter().map(|one| one.component).collect();
        seen.sort_unstable();
        seen.dedup();
        let blocks =
            |one: &Coded| frame.components[one.component].sampling.iter().product::<usize>();
        let unit: usize = self.coded.iter().map(blocks).sum();
        let Range { start, end } = self.band;
        let finer = self.bits[0] > 0;
        let dc = self.coded.iter().all(|one| one.dc.is_some()) || start > 0 || finer;
        let ac = self.coded.iter().all(|one| one.ac.is_some()) || end == 1;
        let refusals = [
            (seen.is_empty() || seen.len() != self.coded.len(), "a scan of no or equal components"),
            (seen.len() > 1 && unit > 10, "a scan with more than ten blocks a unit"),
            (start >= end || end > 64 || self.bits[1] > 13, "a scan of coefficients out of range"),
            (frame.progressive && start == 0 && end > 1, "a progressive scan that mixes DC and AC"),
            (start > 0 && seen.len() > 1, "a progressive scan of AC of several components"),
            (finer && self.bits[0] != self.bits[1] + 1, "a scan that refines several bits at once"),
            (!dc || !ac, "a scan by a Huffman table that is not there"),
        ];
        refusals.iter().find(|(is, _)| *is).map_or(Ok(()), |(_, what)| Err(bad(what)))
    }

    pub(super) fn components(&self) -> impl Iterator<Item = usize> {
        self.coded.iter().map(|one| one.component)
    }

    /// Whether one scan is all that a frame has.
    pub(super) fn is_whole(&self, frame: &Frame) -> bool {
        !frame.progressive && self.coded.len() == frame.components.len()
    }

    /// Whether it is the first one with the DC coefficients.
    pub(super) fn brings_dc(&self) -> bool {
        self.band.start == 0 && self.bits[0] == 0
    }

    /// Checks it against the bit that each coefficient of a component was last stored to, T.81
    /// G.1.1.1, and notes the new one.
    pub(super) fn progress(&self, known: &mut [[Option<u32>; 64]]) -> Result<()> {
        for one in &self.coded {
            for bit in &mut known[one.component][self.band.clone()] {
                let follows = bit.map_or(self.bits[0] == 0, |bit| bit > 0 && bit == self.bits[0]);
                if !follows {
                    return Err(bad("scans that do not follow one another"));
                }
                *bit = Some(self.bits[1]);
            }
        }
        Ok(())
    }

    /// Reads a row of interleaved units into `rows`, a row of blocks for each component, and counts those
    /// that are whole.
    pub(super) fn units(
        &mut self,
        bytes: &mut Bytes,
        frame: &Frame,
        rows: &mut [&mut [i16]],
        whole: &mut usize,
    ) -> Result<()> {
        for unit in 0..frame.units[0] {
            self.pass_restart(bytes)?;
            for at in 0..self.coded.len() {
                let component = self.coded[at].component;
                let [across, down] = frame.components[component].sampling;
                let width = frame.components[component].blocks[0];
                for block in 0..across * down {
                    let place = block / across * width + unit * across + block % across;
                    self.block(bytes, at, &mut rows[component][place * 64..][..64])?;
                }
            }
            *whole = unit + 1;
        }
        Ok(())
    }

    /// Reads a row of `count` blocks of the only component.
    pub(super) fn blocks(
        &mut self,
        bytes: &mut Bytes,
        count: usize,
        row: &mut [i16],
    ) -> Result<()> {
        for block in row.chunks_exact_mut(64).take(count) {
            self.pass_restart(bytes)?;
            self.block(bytes, 0, block)?;
        }
        Ok(())
    }

    /// Reads the restart marker where one is due, T.81 F.2.1.3.
    fn pass_restart(&mut self, bytes: &mut Bytes) -> Result<()> {
        if self.restart == 0 {
            return Ok(());
        }
        if self.until_restart == 0 {
            let want = 0xd0 + self.next_restart;
            if self.data.finish(bytes)? != (want, 0) {
                return Err(bad("a restart marker that is not where it should be"));
            }
            self.coded.iter_mut().for_each(|one| one.last = 0);
            self.next_restart = (self.next_restart + 1) % 8;
            (self.until_restart, self.empty) = (self.restart, 0);
        }
        self.until_restart -= 1;
        Ok(())
    }

    /// Leaves the scan: gives the marker behind it, and how many bytes before it were not used.
    pub(super) fn finish(mut self, bytes: &mut Bytes) -> Result<(u8, usize)> {
        self.data.finish(bytes)
    }

    fn block(&mut self, bytes: &mut Bytes, at: usize, block: &mut [i16]) -> Result<()> {
        match (self.band.start, self.bits[0]) {
            (0, 0) => self.dc(bytes, at, block)?,
            (0, _) => self.finer_dc(bytes, block)?,
            (_, 0) => self.ac(bytes, at, block)?,
            _ => self.finer_ac(bytes, at, block)?,
        }
        self.data.check()
    }

    /// Reads a DC coefficient, and the AC ones where the scan has them, T.81 F.2.2.
    fn dc(&mut self, bytes: &mut Bytes, at: usize, block: &mut [i16]) -> Result<()> {
        let one = &mut self.coded[at];
        let Some(table) = &one.dc else { return Err(bad("a scan without a table")) };
        let size = self.data.value(bytes, table)?;
        if size > 15 {
            return Err(bad("a DC coefficient of more than 15 bits"));
        }
        one.last = one.last.wrapping_add(self.data.signed(bytes, size.into())?);
        block[0] = one.last.wrapping_shl(self.bits[1]) as i16;
        if self.band.end > 1 { self.ac(bytes, at, block) } else { Ok(()) }
    }

    fn finer_dc(&mut self, bytes: &mut Bytes, block: &mut [i16]) -> Result<()> {
        block[0] |= (self.data.number(bytes, 1)? << self.bits[1]) as i16;
        Ok(())
    }

    fn ac(&mut self, bytes: &mut Bytes, at: usize, block: &mut [i16]) -> Result<()> {
        if self.empty > 0 {
            self.empty -= 1;
            return Ok(());
        }
        let Some(table) = &self.coded[at].ac else { return Err(bad("a scan without a table")) };
        let mut place = self.band.start.max(1);
        while place < self.band.end {
            let value = self.data.value(bytes, table)?;
            let (run, size) = (value >> 4, value & 15);
            match (run, size) {
                (15, 0) => place += 16,
                (_, 0) => {
                    self.empty = self.data.number(bytes, run.into())? as u32 + (1 << run) - 1;
                    break;
                }
                _ => {
                    place += usize::from(run);
                    if place >= self.band.end {
                        return Err(bad("more coefficients than a block has"));
                    }
                    let number = self.data.signed(bytes, size.into())?;
                    block[ZIGZAG[place]] = (number << self.bits[1]) as i16;
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// Refines AC coefficients by a bit, T.81 G.1.2.3.
    fn finer_ac(&mut self, bytes: &mut Bytes, at: usize, block: &mut [i16]) -> Result<()> {
        let Some(table) = &self.coded[at].ac else { return Err(bad("a scan without a table")) };
        let bit = 1_i16 << self.bits[1];
        let mut place = self.band.start;
        while self.empty == 0 && place < self.band.end {
            let value = self.data.value(bytes, table)?;
            let (run, size) = (value >> 4, value & 15);
            let new = match size {
                0 if run < 15 => {
                    self.empty = self.data.number(bytes, run.into())? as u32 + (1 << run);
                    break;
                }
                0 => 0,
                1 if self.data.number(bytes, 1)? == 1 => bit,
                1 => -bit,
                _ => return Err(bad("a new coefficient of several bits in a refining scan")),
            };
            let mut zeros = run;
            while place < self.band.end {
                let number = &mut block[ZIGZAG[place]];
                if *number != 0 {
                    refine(&mut self.data, bytes, number, bit)?;
                } else if zeros == 0 {
                    *number = new;
                    place += 1;
                    break;
                } else {
                    zeros -= 1;
                }
                place += 1;
            }
        }
        if self.empty > 0 {
            for &place in &ZIGZAG[place..self.band.end] {
                if block[place] != 0 {
                    refine(&mut self.data, bytes, &mut block[place], bit)?;
                }
            }
            self.empty -= 1;
        }
        Ok(())
    }
}

fn refine(data: &mut Bits, bytes: &mut Bytes, number: &mut i16, bit: i16) -> Result<()> {
    if data.number(bytes, 1)? == 1 && *number & bit == 0 {
        *number = number.wrapping_add(if *number > 0 { bit } else { -bit });
    }
    Ok(())
}

fn coded(pair: &[u8], frame: &Frame, tables: &Tables) -> Result<Coded> {
    let component = frame.components.iter().position(|one| one.id == pair[0]);
    let component = component.ok_or_else(|| bad("a scan of a component that is not there"))?;
    let table =
        |class: usize, place: u8| tables.codes[class].get(usize::from(place)).cloned().flatten();
    Ok(Coded { component, dc: table(0, pair[1] >> 4), ac: table(1, pair[1] & 15), last: 0 })
}
