//! A closed group as an object: what it was encoded to, and what was seen of its frames.
//!
//! ```text
//!  magic │ length of the header, 4 bytes │ header, JSON │ parameter sets │ samples │ SHA-256
//! ```
//!
//! The hash is of everything before it. What is not whole is no segment: its group is encoded anew.

use serde::{Deserialize, Serialize};

use crate::encode::{Group, Sample};
use crate::identity;

/// What each starts with; another number is another layout.
const MAGIC: &[u8] = b"proxycore segment 1\n";
/// Bytes of the hash, as hex digits.
const HASH: usize = 64;

/// A group, and what was seen of its frames.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    pub(super) group: Group,
    pub(super) frames: Vec<FrameFacts>,
}

/// What was seen of a frame while it was developed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FrameFacts {
    pub(super) number: i64,
    /// What a person should know of it.
    pub(super) told: Vec<String>,
    /// Pixels that are missing; samples that are no numbers, and infinite ones.
    pub(super) counts: [u64; 3],
    pub(super) brightness: f32,
    /// The error of a transform that stands for the exact one, where it was such.
    pub(super) fast_error: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    frames: Vec<FrameFacts>,
    parameters: Vec<usize>,
    samples: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: bool,
    shift: i32,
    size: usize,
}

impl Segment {
    /// Writes it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let entry = |sample: &Sample| Entry {
            key: sample.key,
            shift: sample.shift,
            size: sample.data.len(),
        };
        let header = Header {
            frames: self.frames.clone(),
            parameters: self.group.parameters.iter().map(Vec::len).collect(),
            samples: self.group.samples.iter().map(entry).collect(),
        };
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut bytes = [MAGIC, &(header.len() as u32).to_le_bytes(), &header].concat();
        self.group.parameters.iter().for_each(|set| bytes.extend_from_slice(set));
        self.group.samples.iter().for_each(|sample| bytes.extend_from_slice(&sample.data));
        let hash = identity::sha256(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    /// Reads one; nothing where it is not whole.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (bytes, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
        if identity::sha256(bytes).as_bytes() != hash {
            return None;
        }
        let (length, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
        let (header, mut rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let header: Header = serde_json::from_slice(header).ok()?;
        let mut take = |size: usize| {
            let (data, left) = rest.split_at_checked(size)?;
            rest = left;
            Some(data.to_vec())
        };
        let parameters = header.parameters.iter().map(|size| take(*size)).collect::<Option<_>>()?;
        let sample = |entry: &Entry| {
            Some(Sample { key: entry.key, shift: entry.shift, data: take(entry.size)? })
        };
        let samples = header.samples.iter().map(sample).collect::<Option<_>>()?;
        let group = Group { parameters, samples };
        rest.is_empty().then_some(Self { group, frames: header.frames })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment() -> Segment {
        let sample =
            |key, size: usize| Sample { key, shift: size as i32 - 7, data: vec![size as u8; size] };
        let frames = vec![FrameFacts {
            number: -3,
            told: vec!["a \"quoted\" text".into()],
            counts: [1, 2, u64::MAX],
            brightness: 0.1,
            fast_error: Some(0.25),
        }];
        let group = Group {
            parameters: vec![vec![1, 2, 3], vec![]],
            samples: vec![sample(true, 200), sample(false, 0), sample(false, 7)],
        };
        Segment { group, frames }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Segment::from_bytes(&segment().to_bytes()), Some(segment()));
    }

    #[test]
    fn what_is_not_whole_is_none() {
        let bytes = segment().to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(Segment::from_bytes(&bytes[..length]), None, "{length} bytes");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x20;
            assert_eq!(Segment::from_bytes(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn a_header_that_lies_is_none() {
        let seal = |header: &str| {
            let header = header.as_bytes();
            let bytes = [MAGIC, &(header.len() as u32).to_le_bytes(), header, b"abc"].concat();
            [bytes.clone(), identity::sha256(&bytes).into_bytes()].concat()
        };
        for (parameters, size, is_whole) in
            [("[1]", 2, true), ("[1]", 3, false), ("[]", 2, false), ("[99999999999]", 1, false)]
        {
            let header = format!(
                r#"{{"frames":[],"parameters":{parameters},"samples":[{{"key":true,"shift":0,"size":{size}}}]}}"#
            );
            assert_eq!(Segment::from_bytes(&seal(&header)).is_some(), is_whole, "{header}");
        }
        assert_eq!(Segment::from_bytes(&seal("{}")), None);
    }
}
