//! Movies: the boxes are read, the first picture is decoded, and its codes become light by the VUI
//! of the stream. The container has to say the same.

use mp4_atom::{Any, Avc1, Codec, Colr, DecodeMaybe, Moov, Stbl, StszSamples};

use super::h264::{self, Planes};
use super::sps::Vui;
use super::{BIAS, Cicp, Proof, Reference, Suspect, Tags, blame, fault, subsampling, video};
use crate::encode::Encoded;
use crate::error::{Error, Result};
use crate::space::ColorSpace;

const FORMAT: &str = "MP4";

pub(super) fn prove(encoded: &Encoded, light: &Reference) -> Result<Proof> {
    let movie = Movie::read(&encoded.bytes)?;
    let planes = h264::first_picture(&movie.stream)?;
    let tags = movie.tags(&planes, encoded)?;
    let Vui { cicp, siting, .. } = movie.vui;
    let meter = video::measure(&planes, cicp, siting, light)?;
    let bias = meter.bias();
    // looked into only where it matters, for it is slow
    if bias <= BIAS || bias <= BIAS + subsampling::bias(light, planes.size, cicp.transfer) {
        return meter.finish(tags);
    }
    Err(blame(bias, suspects(&planes, cicp, siting, light)))
}

/// The same codes with one code point changed.
fn suspects(
    planes: &Planes,
    cicp: Cicp,
    siting: u32,
    light: &Reference,
) -> impl Iterator<Item = Suspect> {
    let matrices = [1, 6, 9].map(|matrix| ("matrix", Cicp { matrix, ..cicp }));
    let transfers = [1, 4, 8, 13].map(|transfer| ("transfer", Cicp { transfer, ..cicp }));
    let primaries = [1, 9, 12].map(|primaries| ("primaries", Cicp { primaries, ..cicp }));
    let range = ("range", Cicp { full_range: !cicp.full_range, ..cicp });
    let all = matrices.into_iter().chain(transfers).chain(primaries).chain([range]);
    all.filter_map(move |(tag, other)| {
        let bias = video::measure(planes, other, siting, light).ok()?.bias();
        Some(Suspect { tag, says: other.to_string(), bias })
    })
}

/// What was found in a file.
struct Movie {
    vui: Vui,
    colr: Cicp,
    pasp: Option<[u32; 2]>,
    /// The size that the sample entry says.
    size: [u32; 2],
    /// The first picture with its parameter sets, as NAL units with start codes.
    stream: Vec<u8>,
}

impl Movie {
    fn read(bytes: &[u8]) -> Result<Self> {
        let moov = index(bytes)?;
        let stbl = &moov.trak.first().ok_or_else(|| corrupt("no track"))?.mdia.minf.stbl;
        let Some(Codec::Avc1(avc1)) = stbl.stsd.codecs.first() else {
            return Err(Error::unsupported("proof", "a movie that is no H.264"));
        };
        if avc1.avcc.ext.as_ref().is_some_and(|ext| ext.bit_depth_luma > 8) {
            return Err(Error::unsupported("proof", "a movie of more than 8 bits"));
        }
        let sets = &avc1.avcc.sequence_parameter_sets;
        let vui = sets.first().and_then(|sps| Vui::read(sps));
        Ok(Self {
            vui: vui.ok_or_else(|| corrupt("no sequence parameter set"))?,
            colr: container(avc1)?,
            pasp: avc1.pasp.as_ref().map(|pasp| [pasp.h_spacing, pasp.v_spacing]),
            size: [avc1.visual.width.into(), avc1.visual.height.into()],
            stream: stream(avc1, sample(stbl, bytes)?)?,
        })
    }

    /// The tags, once they are found to say one thing and the right one.
    fn tags(&self, planes: &Planes, encoded: &Encoded) -> Result<Tags> {
        let decoded = [planes.size.width, planes.size.height];
        let made = [encoded.width, encoded.height];
        agree("size", [decoded, self.size], |[width, height]| format!("{width}x{height}"))?;
        agree("size", [decoded, made], |[width, height]| format!("{width}x{height}"))?;
        let Vui { cicp, aspect, .. } = self.vui;
        let all = [cicp, self.colr];
        agree("primaries", all.map(|one| one.primaries), |code| code.to_string())?;
        agree("transfer", all.map(|one| one.transfer), |code| code.to_string())?;
        agree("matrix", all.map(|one| one.matrix), |code| code.to_string())?;
        agree("range", all.map(|one| one.full_range), range)?;
        let aspect = aspect.unwrap_or([1, 1]);
        agree("aspect", [aspect, self.pasp.unwrap_or([1, 1])], |[num, den]| {
            format!("{num}:{den}")
        })?;
        Ok(Tags {
            width: planes.size.width,
            height: planes.size.height,
            pixel_aspect: aspect,
            colorspace: space(cicp, &encoded.space)?,
            icc: None,
            model: None,
            cicp: Some(cicp),
        })
    }
}

/// The space that the tags name, which has to be the one that the codes were made in.
fn space(cicp: Cicp, made: &ColorSpace) -> Result<ColorSpace> {
    let named = video::space(cicp);
    if named.as_ref() == Some(made) {
        // Y'CbCr of Rec.709 goes with its primaries: what players take for granted
        let matrix = cicp.matrix == cicp.primaries;
        let what = || format!("{cicp} has the matrix of other primaries");
        return if matrix { Ok(made.clone()) } else { Err(fault("matrix", what())) };
    }
    let primaries = |id: &str| id.split('_').nth(1).map(ToOwned::to_owned);
    let same = named.as_ref().is_some_and(|named| primaries(named.id()) == primaries(made.id()));
    let says = named.as_ref().map_or("no known display", ColorSpace::id);
    let what = format!("{cicp} names {says}, and the codes are {made}");
    // 1 is Rec.709 for the primaries, where the curve alone is another or none
    Err(fault(if same || cicp.primaries == 1 { "transfer" } else { "primaries" }, what))
}

/// Checks that stream and container say the same.
fn agree<T: PartialEq>(
    tag: &'static str,
    [stream, container]: [T; 2],
    show: impl Fn(T) -> String,
) -> Result<()> {
    if stream == container {
        return Ok(());
    }
    let what = format!("the stream says {}, and the file {}", show(stream), show(container));
    Err(fault(tag, what))
}

fn range(full: bool) -> String {
    if full { "full" } else { "limited" }.to_owned()
}

/// Finds the index among the boxes.
fn index(bytes: &[u8]) -> Result<Moov> {
    let mut rest = bytes;
    let wrong = |error| corrupt("a box is damaged").with_source(error);
    while let Some(found) = Any::decode_maybe(&mut rest).map_err(wrong)? {
        if let Any::Moov(moov) = found {
            return Ok(moov);
        }
    }
    Err(corrupt("no index"))
}

fn container(avc1: &Avc1) -> Result<Cicp> {
    let narrow = |code: u16| u8::try_from(code).map_err(|_| corrupt("a code point beyond 255"));
    match &avc1.colr {
        Some(Colr::Nclx {
            colour_primaries,
            transfer_characteristics,
            matrix_coefficients,
            full_range_flag,
        }) => Ok(Cicp {
            primaries: narrow(*colour_primaries)?,
            transfer: narrow(*transfer_characteristics)?,
            matrix: narrow(*matrix_coefficients)?,
            full_range: *full_range_flag,
        }),
        _ => Err(fault("colr", "the container does not say what the codes mean")),
    }
}

/// The bytes of the first picture.
fn sample<'a>(stbl: &Stbl, bytes: &'a [u8]) -> Result<&'a [u8]> {
    let near = stbl.stco.as_ref().and_then(|stco| stco.entries.first()).copied().map(u64::from);
    let far = stbl.co64.as_ref().and_then(|co64| co64.entries.first()).copied();
    let size = match &stbl.stsz.samples {
        StszSamples::Identical { size, .. } => Some(*size),
        StszSamples::Different { sizes } => sizes.first().copied(),
    };
    let found = near.or(far).zip(size).and_then(|(start, size)| {
        let start = usize::try_from(start).ok()?;
        bytes.get(start..start.checked_add(size as usize)?)
    });
    found.ok_or_else(|| corrupt("the first picture lies outside"))
}

/// ISO/IEC 14496-15 section 5.3.3: lengths become start codes.
fn stream(avc1: &Avc1, sample: &[u8]) -> Result<Vec<u8>> {
    const START: [u8; 4] = [0, 0, 0, 1];
    let avcc = &avc1.avcc;
    if avcc.length_size != 4 {
        return Err(corrupt(format!("NAL units' lengths of {} bytes", avcc.length_size)));
    }
    let mut out = Vec::with_capacity(sample.len() + 256);
    let sets = avcc.sequence_parameter_sets.iter().chain(&avcc.picture_parameter_sets);
    sets.for_each(|set| out.extend(START.iter().chain(set)));
    let mut rest = sample;
    while let Some((length, after)) = rest.split_first_chunk() {
        let nal = after.split_at_checked(u32::from_be_bytes(*length) as usize);
        let (nal, after) = nal.ok_or_else(|| corrupt("a NAL unit is cut off"))?;
        out.extend(START.iter().chain(nal));
        rest = after;
    }
    Ok(out)
}

fn corrupt(what: impl Into<String>) -> Error {
    Error::corrupt(FORMAT, what)
}

/// The first picture of a file, as decoders take it.
#[cfg(all(test, feature = "openh264", feature = "rusty-h264"))]
pub(super) fn stream_of(bytes: &[u8]) -> Result<Vec<u8>> {
    Movie::read(bytes).map(|movie| movie.stream)
}
