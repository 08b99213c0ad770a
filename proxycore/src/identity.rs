//! Who a source and its result are, in names that other programs compute too.
//!
//! [`asset_id`] and [`file_id`] must equal those of the sister function that inspects EXR files, so
//! that its tables join with ours. All of them are plain functions of text: the same source gives
//! the same names on every machine, and doing the work again overwrites the same row.

use std::io::{self, BufRead, BufReader, Read};

use md5::Md5;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The UUID namespace of [`proxy_id`]: the version 5 UUID of `urn:proxycore:proxy_id` in the
/// namespace of URLs.
pub const PROXY_NAMESPACE: Uuid = Uuid::from_u128(0x2f9c_e6f1_87c1_5466_99ea_7b1d_ca1b_60af);

const ID_DIGITS: usize = 16;

/// Names an asset, whatever its state: the first 16 hex digits of the MD5 of its key.
///
/// # Examples
/// ```
/// let id = proxycore::identity::asset_id("renders/shot_010/beauty.0001.exr");
/// assert_eq!(id, "3c6e1c31ae45e0f1");
/// ```
#[must_use]
pub fn asset_id(key: &str) -> String {
    shortened(md5(key))
}

/// Names a file in one state of it: the first 16 hex digits of the SHA-256 of its key, `mtime` and
/// the MD5 of its key in hex. `mtime` is the store's Last-Modified as
/// [`iso8601`](crate::timestamp::iso8601) writes it, or empty where there is none.
#[must_use]
pub fn file_id(key: &str, mtime: &str) -> String {
    shortened(sha256(format!("{key}{mtime}{}", md5(key)).as_bytes()))
}

/// Names what one recipe makes of one file: the version 5 UUID of `file_id`, a slash and
/// `recipe_hash` in [`PROXY_NAMESPACE`].
#[must_use]
pub fn proxy_id(file_id: &str, recipe_hash: &str) -> String {
    Uuid::new_v5(&PROXY_NAMESPACE, format!("{file_id}/{recipe_hash}").as_bytes()).to_string()
}

/// The SHA-256 of `bytes` in 64 hex digits, as rows and sidecars give it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of all that can be read from `input`, without holding it at once.
///
/// # Errors
/// The first error of the input.
pub fn sha256_of(input: impl Read) -> io::Result<String> {
    let mut input = BufReader::new(input);
    let mut hash = Hash::default();
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(hash.finish());
        }
        hash.update(chunk);
        let taken = chunk.len();
        input.consume(taken);
    }
}

/// A SHA-256 of bytes that come in pieces.
#[derive(Default)]
pub(crate) struct Hash(Sha256);

impl Hash {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash as [`sha256`] gives it.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

fn md5(key: &str) -> String {
    hex(&Md5::digest(key))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shortened(mut hex: String) -> String {
    hex.truncate(ID_DIGITS);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, mtime, file ID and asset ID, as the sister function computes them.
    const VECTORS: [[&str; 4]; 3] = [
        ["renders/shot_010/beauty.0001.exr", "", "9e042a18b3ad6b9e", "3c6e1c31ae45e0f1"],
        [
            "renders/shot_010/beauty.0001.exr",
            "2026-04-01T00:00:00+00:00",
            "c569308e3b01f778",
            "3c6e1c31ae45e0f1",
        ],
        [
            "plates/été 01/A001.dpx",
            "2026-04-01T00:00:00+00:00",
            "cfc8698cac65ea10",
            "7148c7c08d3eff73",
        ],
    ];

    #[test]
    fn equals_what_the_sister_function_computes() {
        for [key, mtime, file, asset] in VECTORS {
            assert_eq!(file_id(key, mtime), file);
            assert_eq!(asset_id(key), asset);
        }
    }

    #[test]
    fn proxy_ids_are_standard_uuids() {
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:proxycore:proxy_id");
        assert_eq!(PROXY_NAMESPACE, namespace);
        // by Python: uuid.uuid5(namespace, "9e042a18b3ad6b9e/abc123")
        let expected = "71eb20c2-d70a-53a4-8fd9-ffaac9041efb";
        assert_eq!(proxy_id("9e042a18b3ad6b9e", "abc123"), expected);
        assert_ne!(proxy_id("9e042a18b3ad6b9e", "abc124"), expected);
    }

    #[test]
    fn streams_hash_as_slices_do() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|at| at.to_le_bytes()[1]).collect();
        assert_eq!(sha256_of(&*bytes).unwrap(), sha256(&bytes));
        assert!(sha256(b"").starts_with("e3b0c442"));
    }
}
