//! MP4: the boxes around a stream of pictures.
//!
//! `moov` comes before `mdat`, so that a player can start with the first bytes of a download. One
//! video track, all samples in one chunk; a timecode track where the start is known ([`tmcd`]); an
//! edit list where decoding order is not showing order ([`composition`](super::composition)). Sizes
//! are known before anything is written, so the index is laid out twice: once to learn its length,
//! once with the offset of what follows it.
//!
//! It writes no sound and no fragments.

use mp4_atom::{
    Co64, Dinf, Dref, Encode, FourCC, Ftyp, Hdlr, Mdhd, Mdia, Minf, Moov, Mvhd, Stbl, Stco, Stsc,
    StscEntry, Stsd, Stss, Stsz, StszSamples, Stts, SttsEntry, Tkhd, Trak, Url, Vmhd,
};

use super::composition::Delay;
use super::entry::{Coding, Look};
use super::tmcd::{self, Start};
use super::{Nclx, Sample, SampleInfo};
use crate::error::{Error, Result};
use crate::image::{Extent, Rational, Timecode};

/// A movie with one track of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movie {
    /// Frames per second.
    pub fps: Rational,
    /// Width and height in pixels.
    pub size: Extent,
    /// A pixel's width divided by its height.
    pub pixel_aspect: Rational,
    /// What the code values mean.
    pub colour: Nclx,
    /// How the pictures are compressed.
    pub coding: Coding,
    /// The timecode of the first picture.
    pub start: Option<Timecode>,
}

impl Movie {
    /// Lays out the file.
    ///
    /// # Errors
    /// As [`head`](Self::head).
    pub fn to_bytes(&self, samples: &[Sample]) -> Result<Vec<u8>> {
        let index = samples.iter().map(Sample::info).collect::<Result<Vec<_>>>()?;
        let mut bytes = self.head(&index)?;
        bytes.reserve_exact(samples.iter().map(|sample| sample.data.len()).sum());
        for sample in samples {
            bytes.extend_from_slice(&sample.data);
        }
        Ok(bytes)
    }

    /// Lays out everything before the samples: `ftyp` and `moov`, the header of `mdat`, and the
    /// sample of the timecode.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) where a side or the frame rate has no room in
    /// its field, [`ErrorKind::Encode`](crate::ErrorKind::Encode) for a movie without frames or
    /// parameter sets.
    pub fn head(&self, samples: &[SampleInfo]) -> Result<Vec<u8>> {
        self.check(samples)?;
        let start = self.timecode(samples);
        let first = start.map(|start| start.sample()).unwrap_or_default();
        let first = if start.is_some() { &first[..] } else { &[] };
        let payload: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
        let mdat = mdat_header(payload + first.len() as u64);
        let mut ftyp = Vec::new();
        box_into(&self.brand(), &mut ftyp)?;
        let wide = u32::try_from(payload + HEADROOM).is_err();
        let length = |bytes: &[u8]| (ftyp.len() + bytes.len() + mdat.len()) as u64;
        let draft = self.moov(samples, start, 0, wide)?;
        let moov = self.moov(samples, start, length(&draft), wide)?;
        Ok([&ftyp[..], &moov, &mdat, first].concat())
    }

    fn timecode(&self, samples: &[SampleInfo]) -> Option<Start> {
        let Clock { second, frame } = Clock::new(self.fps);
        let duration = samples.len() as u64 * u64::from(frame);
        self.start.map(|timecode| Start { timecode, fps: self.fps, second, frame, duration })
    }

    fn check(&self, samples: &[SampleInfo]) -> Result<()> {
        let wrong = |what| Err(Error::encode(FORMAT, what));
        if samples.is_empty() || !self.coding.is_whole() {
            return wrong("a movie needs a frame and its parameter sets");
        }
        if [self.fps, self.pixel_aspect].iter().any(|ratio| ratio.num == 0 || ratio.den == 0) {
            return wrong("frame rate and pixel aspect are fractions of positive numbers");
        }
        let side = self.size.width.max(self.size.height);
        Error::check_limit("pixels on one side of an MP4 track", 65535, u64::from(side))
    }

    fn brand(&self) -> Ftyp {
        let brands = [b"isom", b"iso2", self.coding.brand(), b"mp41"];
        Ftyp {
            major_brand: FourCC::new(b"isom"),
            minor_version: 512,
            compatible_brands: brands.map(FourCC::new).to_vec(),
        }
    }

    /// The index, of samples that begin at `offset` of the file: those of the timecode first.
    fn moov(
        &self,
        samples: &[SampleInfo],
        start: Option<Start>,
        offset: u64,
        wide: bool,
    ) -> Result<Vec<u8>> {
        let clock = Clock::new(self.fps);
        let duration = samples.len() as u64 * u64::from(clock.frame);
        let pictures = offset + start.map_or(0, |_| tmcd::SAMPLE as u64);
        let moov = Moov {
            mvhd: Mvhd {
                timescale: clock.second,
                duration,
                rate: 1.into(),
                volume: 1.into(),
                next_track_id: 2 + u32::from(start.is_some()),
                ..Mvhd::default()
            },
            trak: vec![Trak {
                tkhd: self.tkhd(duration),
                mdia: Mdia {
                    mdhd: Mdhd {
                        timescale: clock.second,
                        duration,
                        language: "und".into(),
                        ..Mdhd::default()
                    },
                    hdlr: Hdlr { handler: FourCC::new(b"vide"), name: "video".into() },
                    minf: self.minf(samples, pictures, wide),
                },
                edts: Delay::of(samples).map(|delay| delay.edit(clock.frame, duration)),
                tref: start.map(|_| tmcd::reference()),
                ..Trak::default()
            }],
            ..Moov::default()
        };
        let mut bytes = Vec::new();
        box_into(&moov, &mut bytes)?;
        if let Some(start) = start {
            bytes.extend(start.track(offset)?);
            let size = bytes.len() as u32;
            bytes[..4].copy_from_slice(&size.to_be_bytes());
        }
        Ok(bytes)
    }

    /// The track's header: its size is that of the picture as shown, with square pixels.
    fn tkhd(&self, duration: u64) -> Tkhd {
        let Rational { num, den } = self.pixel_aspect;
        let width = f64::from(self.size.width) * f64::from(num) / f64::from(den);
        Tkhd {
            track_id: 1,
            duration,
            enabled: true,
            in_movie: true,
            width: (width.round() as u16).into(),
            height: (self.size.height as u16).into(),
            ..Tkhd::default()
        }
    }

    fn minf(&self, samples: &[SampleInfo], offset: u64, wide: bool) -> Minf {
        Minf {
            vmhd: Some(Vmhd::default()),
            dinf: Dinf { dref: Dref { entries: vec![Url::default().into()] } },
            stbl: self.stbl(samples, offset, wide),
            ..Minf::default()
        }
    }

    fn stbl(&self, samples: &[SampleInfo], offset: u64, wide: bool) -> Stbl {
        let (clock, count) = (Clock::new(self.fps), samples.len() as u32);
        let sizes = samples.iter().map(|sample| sample.size).collect();
        let keys = (1..).zip(samples).filter(|(_, sample)| sample.key).map(|(at, _)| at);
        let Self { size, pixel_aspect, colour, ref coding, .. } = *self;
        Stbl {
            stsd: Stsd { codecs: vec![Look { size, pixel_aspect, colour }.entry(coding)] },
            stts: Stts {
                entries: vec![SttsEntry { sample_count: count, sample_delta: clock.frame }],
            },
            ctts: Delay::of(samples).map(|delay| delay.offsets(samples, clock.frame)),
            stss: Some(Stss { entries: keys.collect() }),
            stsc: Stsc {
                entries: vec![StscEntry {
                    first_chunk: 1,
                    samples_per_chunk: count,
                    sample_description_index: 1,
                }],
            },
            stsz: Stsz { samples: StszSamples::Different { sizes } },
            stco: (!wide).then(|| Stco { entries: vec![offset as u32] }),
            co64: wide.then(|| Co64 { entries: vec![offset] }),
            ..Stbl::default()
        }
    }
}

const FORMAT: &str = "MP4";

/// More than the boxes before the samples take in a file of a few million frames. Past it offsets
/// are 64 bits wide: earlier than they must be, and so without a second pass.
const HEADROOM: u64 = 1 << 26;

/// Ticks of a second and of a frame; exact for 24000/1001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    second: u32,
    frame: u32,
}

impl Clock {
    /// Whole rates tick 1000 times a frame: some players round small timescales.
    fn new(fps: Rational) -> Self {
        let fine =
            (fps.num < 1000).then(|| fps.num.checked_mul(1000).zip(fps.den.checked_mul(1000)));
        let (second, frame) = fine.flatten().unwrap_or((fps.num, fps.den));
        Self { second, frame }
    }
}

/// The box header, with a 64-bit size where 32 bits are too few (ISO/IEC 14496-12 section 4.2).
fn mdat_header(payload: u64) -> Vec<u8> {
    match u32::try_from(payload + 8) {
        Ok(size) => [size.to_be_bytes(), *b"mdat"].concat(),
        Err(_) => {
            let start = [1u32.to_be_bytes(), *b"mdat"].concat();
            [&start[..], &(payload + 16).to_be_bytes()].concat()
        }
    }
}

pub(super) fn box_into(atom: &impl Encode, bytes: &mut Vec<u8>) -> Result<()> {
    atom.encode(bytes)
        .map_err(|error| Error::encode(FORMAT, "a box could not be written").with_source(error))
}

#[cfg(test)]
mod tests {
    use mp4_atom::{Any, Av1c, AvccExt, Codec, Colr, Decode, DecodeMaybe, Edts, Pasp};

    use super::*;
    use crate::encode::Av1Config;

    const SPS: [u8; 5] = [0x67, 100, 0, 40, 1];

    fn samples(frames: u8) -> Vec<Sample> {
        let sample = |at: u8| Sample {
            key: at.is_multiple_of(2),
            shift: 0,
            data: vec![at; usize::from(at) + 5],
        };
        (0..frames).map(sample).collect()
    }

    fn movie() -> Movie {
        Movie {
            fps: Rational { num: 24000, den: 1001 },
            size: Extent::new(64, 32),
            pixel_aspect: Rational { num: 1, den: 1 },
            colour: Nclx::BT709,
            coding: Coding::Avc { sps: SPS.to_vec(), pps: vec![0x68, 0xee], depth: 8 },
            start: None,
        }
    }

    fn parts(bytes: &[u8]) -> (Ftyp, Moov, Vec<u8>) {
        let mut rest = bytes;
        let mut next = || Any::decode_maybe(&mut rest).unwrap();
        match (next(), next(), next(), next()) {
            (Some(Any::Ftyp(ftyp)), Some(Any::Moov(moov)), Some(Any::Mdat(mdat)), None) => {
                (ftyp, moov, mdat.data)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_index_comes_first_and_points_at_the_samples() {
        let samples = samples(5);
        let bytes = movie().to_bytes(&samples).unwrap();
        let (_, moov, data) = parts(&bytes);
        let stbl = &moov.trak[0].mdia.minf.stbl;
        let offset = stbl.stco.as_ref().unwrap().entries[0] as usize;
        let all: Vec<u8> = samples.iter().flat_map(|sample| sample.data.clone()).collect();
        assert_eq!((&bytes[offset..], &data), (&all[..], &all));
        assert_eq!(stbl.stsz.samples, StszSamples::Different { sizes: vec![5, 6, 7, 8, 9] });
        assert_eq!(stbl.stss.as_ref().unwrap().entries, [1, 3, 5]);
    }

    #[test]
    fn time_is_exact() {
        let (_, moov, _) = parts(&movie().to_bytes(&samples(5)).unwrap());
        let mdia = &moov.trak[0].mdia;
        assert_eq!((mdia.mdhd.timescale, mdia.mdhd.duration), (24000, 5 * 1001));
        assert_eq!(mdia.minf.stbl.stts.entries[0].sample_delta, 1001);
        let clock = |num, den| Clock::new(Rational { num, den });
        assert_eq!(clock(24, 1), Clock { second: 24000, frame: 1000 });
        assert_eq!(clock(1, u32::MAX), Clock { second: 1, frame: u32::MAX });
    }

    #[test]
    fn the_sample_entry_says_what_the_codes_mean() {
        let (_, moov, _) = parts(&movie().to_bytes(&samples(1)).unwrap());
        let [Codec::Avc1(avc1)] = &moov.trak[0].mdia.minf.stbl.stsd.codecs[..] else { panic!() };
        assert_eq!(avc1.avcc.ext, Some(AvccExt::default()));
        assert_eq!(avc1.avcc.sequence_parameter_sets, [SPS]);
        assert_eq!(avc1.colr, Some(Colr::new(1, 1, 1, false).unwrap()));
        assert_eq!(avc1.pasp, Some(Pasp::new(1, 1).unwrap()));
    }

    #[test]
    fn ten_bits_are_told_to_the_decoder() {
        let coding = Coding::Avc { sps: vec![0x67, 110, 0, 40], pps: vec![0x68], depth: 10 };
        let (_, moov, _) = parts(&Movie { coding, ..movie() }.to_bytes(&samples(1)).unwrap());
        let [Codec::Avc1(avc1)] = &moov.trak[0].mdia.minf.stbl.stsd.codecs[..] else { panic!() };
        let ext = avc1.avcc.ext.as_ref().unwrap();
        assert_eq!((ext.bit_depth_luma, ext.bit_depth_chroma), (10, 10));
    }

    #[test]
    fn av1_has_an_entry_and_a_brand_of_its_own() {
        let config = Av1Config { header: vec![0x0a, 1, 7], level: 8, depth: 10 };
        let movie = Movie { coding: Coding::Av1(config), ..movie() };
        let (ftyp, moov, _) = parts(&movie.to_bytes(&samples(1)).unwrap());
        assert!(ftyp.compatible_brands.contains(&FourCC::new(b"av01")));
        let [Codec::Av01(av01)] = &moov.trak[0].mdia.minf.stbl.stsd.codecs[..] else { panic!() };
        let Av1c { seq_level_idx_0, high_bitdepth, ref config_obus, .. } = av01.av1c;
        assert_eq!((seq_level_idx_0, high_bitdepth, &config_obus[..]), (8, true, &[10, 1, 7][..]));
        let empty = Av1Config { header: vec![], level: 8, depth: 10 };
        assert!(Movie { coding: Coding::Av1(empty), ..movie }.to_bytes(&samples(1)).is_err());
    }

    #[test]
    fn pictures_out_of_order_are_shown_when_they_should() {
        // I0 P3 B1 B2, I4 P5
        let shifts = [0, 2, -1, -1, 0, 0];
        let sample = |shift| Sample { key: shift == 0, shift, data: vec![1; 5] };
        let (_, moov, _) = parts(&movie().to_bytes(&shifts.map(sample)).unwrap());
        let ctts = moov.trak[0].mdia.minf.stbl.ctts.as_ref().unwrap();
        let offsets = ctts.entries.iter().map(|entry| (entry.sample_count, entry.sample_offset));
        let expected = [(1, 1001), (1, 3 * 1001), (2, 0), (2, 1001)];
        assert_eq!(offsets.collect::<Vec<_>>(), expected);
        let Some(Edts { elst: Some(elst) }) = &moov.trak[0].edts else { panic!() };
        let edit = &elst.entries[0];
        assert_eq!((edit.media_time, edit.segment_duration), (Some(1001), 6 * 1001));
        // and nothing of that where nothing is out of order
        let (_, moov, _) = parts(&movie().to_bytes(&samples(5)).unwrap());
        assert_eq!((&moov.trak[0].edts, &moov.trak[0].mdia.minf.stbl.ctts), (&None, &None));
    }

    #[test]
    fn a_file_beyond_4_gib_has_wide_offsets() {
        let half = SampleInfo { key: true, size: (5 << 29) as u32, shift: 0 };
        let head = movie().head(&[half; 2]).unwrap();
        assert_eq!(head[head.len() - 8..], ((5u64 << 30) + 16).to_be_bytes());
        let mut rest = &head[..];
        Ftyp::decode(&mut rest).unwrap();
        let moov = Moov::decode(&mut rest).unwrap();
        let stbl = &moov.trak[0].mdia.minf.stbl;
        assert_eq!(stbl.co64.as_ref().unwrap().entries, [head.len() as u64]);
        assert_eq!(stbl.stco, None);
    }

    #[test]
    fn wide_pixels_widen_the_track_and_not_the_picture() {
        let movie = Movie { pixel_aspect: Rational { num: 2, den: 1 }, ..movie() };
        let (_, moov, _) = parts(&movie.to_bytes(&samples(1)).unwrap());
        assert_eq!(moov.trak[0].tkhd.width, 128.into());
    }

    #[test]
    fn a_movie_of_nothing_is_an_error() {
        let fails = |movie: Movie| movie.to_bytes(&samples(1)).is_err();
        assert!(movie().to_bytes(&[]).is_err());
        assert!(fails(Movie { fps: Rational { num: 0, den: 1 }, ..movie() }));
        assert!(fails(Movie { size: Extent::new(65536, 16), ..movie() }));
    }

    #[test]
    fn a_timecode_track_points_at_its_sample_and_the_pictures_at_theirs() {
        let start = Timecode::of_frame(1001, Rational { num: 24000, den: 1001 }, false);
        let bytes = Movie { start, ..movie() }.to_bytes(&samples(5)).unwrap();
        let (_, moov, data) = parts(&bytes);
        assert_eq!((moov.trak.len(), moov.mvhd.next_track_id), (2, 3));
        let offset = |track: usize| {
            let stco = moov.trak[track].mdia.minf.stbl.stco.as_ref();
            stco.unwrap().entries[0] as usize
        };
        assert_eq!(bytes[offset(1)..][..4], 1001u32.to_be_bytes());
        assert_eq!(bytes[offset(0)..], data[4..]);
        assert_eq!(offset(0), offset(1) + 4);
        let plain = movie().to_bytes(&samples(5)).unwrap();
        assert_eq!(parts(&plain).2, data[4..]);
    }
}
