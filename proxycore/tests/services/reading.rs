//! How much is read of an object, and what becomes of reads that fail.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use exr::image::Levels;
use exr::math::RoundingMode;
use exr::meta::{MetaData, mip_map_levels};
use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, ImageAttributes,
    IntegerBounds, Layer, LayerAttributes, LineOrder, SmallVec, Text, Vec2, WritableImage, f16,
};
use proxycore::storage::{ObjectAttributes, ObjectOptions, ObjectStorage, Scheme, Storage};
use proxycore::{DecodeOptions, ErrorKind, Outcome, Pipeline, Rendition, Result, Source};

use crate::proxy::{Fault, Proxy, Request};
use crate::s3::{BUCKET, S3};
use crate::skip;

/// Noise, so that nothing compresses and a file is as long as its pixels.
fn noise(count: usize) -> FlatSamples {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f16::from_f32((state >> 16) as f32 / 65536.0)
    };
    FlatSamples::F16((0..count).map(|_| next()).collect())
}

fn layer(
    name: &str,
    size: (usize, usize),
    blocks: Blocks,
    channels: SmallVec<[AnyChannel<FlatSamples>; 4]>,
) -> Layer<AnyChannels<FlatSamples>> {
    let encoding =
        Encoding { compression: Compression::ZIP16, blocks, line_order: LineOrder::Increasing };
    let attributes = LayerAttributes::named(Text::from(name));
    Layer::new(size, attributes, encoding, AnyChannels::sort(channels))
}

/// Ten parts of one size, the beauty among them.
fn ten_parts() -> Vec<u8> {
    let size = (512, 256);
    let names = ["rgba", "N", "P", "Z", "albedo", "diffuse", "direct", "indirect", "spec", "matte"];
    let layers: SmallVec<[_; 2]> = names
        .iter()
        .map(|name| {
            let channel = |name| AnyChannel::new(name, noise(size.0 * size.1));
            layer(name, size, Blocks::ScanLines, ["R", "G", "B"].map(channel).into_iter().collect())
        })
        .collect();
    let image = Image::from_layers(ImageAttributes::new(IntegerBounds::new((0, 0), size)), layers);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

/// An 8K picture in tiles, with its mip map.
fn mip_map() -> Vec<u8> {
    let size = Vec2(8192, 4320);
    let levels = mip_map_levels(RoundingMode::Down, size);
    let level_data = levels.map(|(_, size)| noise(size.0 * size.1)).collect();
    let levels = Levels::Mip { rounding_mode: RoundingMode::Down, level_data };
    let channels: SmallVec<[_; 4]> = [AnyChannel::new("Y", levels)].into_iter().collect();
    let encoding = Encoding {
        compression: Compression::Uncompressed,
        blocks: Blocks::Tiles(Vec2(128, 128)),
        line_order: LineOrder::Increasing,
    };
    let layer = Layer::new(
        (size.0, size.1),
        LayerAttributes::named("rgb"),
        encoding,
        AnyChannels::sort(channels),
    );
    let window = IntegerBounds::new((0, 0), (size.0, size.1));
    let image = Image::new(ImageAttributes::new(window), layer);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

struct Bench {
    proxy: Proxy,
    store: Arc<ObjectStorage>,
    // last, so that the others are gone before it
    _s3: S3,
}

impl Bench {
    /// A server with one object, and a proxy before it.
    fn new(key: &str, bytes: &[u8]) -> Self {
        Self::with(key, bytes, |options| options)
    }

    fn with(key: &str, bytes: &[u8], change: impl FnOnce(ObjectOptions) -> ObjectOptions) -> Self {
        let s3 = S3::start();
        s3.storage().put(key, bytes, &ObjectAttributes::default()).unwrap();
        let proxy = Proxy::start(s3.port);
        let endpoint = format!("http://127.0.0.1:{}", proxy.port);
        let options = change(s3.options().with_endpoint(endpoint));
        let store = Arc::new(ObjectStorage::new(Scheme::S3, BUCKET, &options).unwrap());
        Self { proxy, store, _s3: s3 }
    }

    fn thumbnail(&self, key: &str) -> Result<Outcome> {
        let renditions = [Rendition::thumbnail()];
        Pipeline::new(self.store.clone()).with_renditions(renditions).run(key)
    }
}

#[test]
fn of_ten_parts_one_is_read() {
    let file = ten_parts();
    let bench = Bench::new("shot/a.exr", &file);
    bench.thumbnail("shot/a.exr").unwrap();
    let (requests, read) = bench.proxy.counted();
    let most = file.len() as u64 / 10 * 12 / 10;
    assert!(read <= most, "{read} bytes of {}, in {requests} requests", file.len());
}

/// What a real file of many parts costs at the least: its header with the chunk tables, and the
/// chunks of one part. Chunks of scan lines start with the part, the row and their bytes.
fn least_bytes(file: &[u8], part: usize) -> u64 {
    let mut rest = Cursor::new(file);
    let meta = MetaData::read_from_buffered(&mut rest, false).unwrap();
    let number = |at: u64, of: usize| file[at as usize..][..of].iter().rev();
    let number = |at, of| number(at, of).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    let mut at = rest.position();
    let mut tables = meta.headers.iter().map(|header| {
        let starts: Vec<_> =
            (0..header.chunk_count as u64).map(|n| number(at + 8 * n, 8)).collect();
        at += 8 * starts.len() as u64;
        starts
    });
    let starts = tables.nth(part).unwrap();
    tables.for_each(drop);
    at + starts.iter().map(|&start| 12 + number(start + 8, 4)).sum::<u64>()
}

#[test]
fn of_a_real_file_of_ten_parts_one_is_read() {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let corpus = env::var_os("PROXYCORE_CORPUS").map_or(near, PathBuf::from);
    let Ok(file) = fs::read(corpus.join("exr/Beachball/multipart.0001.exr")) else {
        return skip::because("there is no Beachball at hand");
    };
    // row beside row, all parts lie in turn: what lies between is fetched along, unless told not to be
    let bench = Bench::with("shot/a.exr", &file, |options| options.with_gap(0));
    bench.thumbnail("shot/a.exr").unwrap();
    let (requests, read) = bench.proxy.counted();
    let source = Source::find(bench.store.clone(), "shot/a.exr").unwrap();
    let part = source.decode(&DecodeOptions::default()).unwrap().spec().part;
    let least = least_bytes(&file, part);
    eprintln!("part {part}: {read} of {least} bytes, in {requests} requests");
    assert!(read <= least * 12 / 10, "{read} bytes, and {least} do; in {requests} requests");
}

#[test]
fn of_a_mip_map_one_level_is_read() {
    let file = mip_map();
    let bench = Bench::new("tex/8k.exr", &file);
    bench.thumbnail("tex/8k.exr").unwrap();
    let (requests, read) = bench.proxy.counted();
    assert!(read <= file.len() as u64 / 20, "{read} of {}, in {requests} requests", file.len());
}

#[test]
fn what_passes_is_tried_again() {
    let bench = Bench::new("shot/a.exr", &ten_parts());
    let clean = bench.thumbnail("shot/a.exr").unwrap();
    let sum = |outcome: &Outcome| outcome.renditions[0].sha256.clone();
    let gets = |request: &Request| request.method == "GET";
    let puts = |request: &Request| request.method == "PUT";
    for (times, fault, gets) in [
        (2, Fault::Refuse, gets as fn(&_) -> bool),
        (2, Fault::CutAnswer, gets),
        (u64::MAX, Fault::Slow, gets),
        (2, Fault::Refuse, puts),
        (2, Fault::CutRequest, puts),
    ] {
        bench.proxy.spoil_first(times, fault, gets);
        bench.store.delete("shot/.proxies/a_thumb.jpg").unwrap();
        let again =
            bench.thumbnail("shot/a.exr").unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(sum(&again), sum(&clean), "{fault:?}");
    }
}

#[test]
fn what_stays_away_is_an_error_that_may_pass() {
    let bench = Bench::new("shot/a.exr", &ten_parts());
    bench.proxy.spoil(|_| Some(Fault::Refuse));
    let error = bench.thumbnail("shot/a.exr").unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(error.key(), Some("shot/a.exr"));
    bench.proxy.spoil(|_| None);
    let outputs = bench.store.list("shot/.proxies/").unwrap().count();
    assert_eq!(outputs, 0);
}

#[test]
fn a_redirect_gets_no_credentials() {
    let bench = Bench::new("shot/a.exr", &ten_parts());
    bench.proxy.spoil(|_| Some(Fault::Redirect));
    let error = bench.store.head("shot/a.exr").unwrap_err();
    assert_eq!(error.kind().name(), "storage");
    assert!(format!("{error:?}").contains("307"), "{error:?}");
}

#[test]
fn a_source_that_is_replaced_while_it_is_read_makes_nothing() {
    let file = ten_parts();
    let bench = Bench::new("shot/a.exr", &file);
    let meta = bench.store.head("shot/a.exr").unwrap();
    let mut input = bench.store.open_state("shot/a.exr", &meta).unwrap();
    bench.store.put("shot/a.exr", &file[..file.len() / 2], &ObjectAttributes::default()).unwrap();
    let error = std::io::copy(&mut input, &mut std::io::sink()).unwrap_err();
    let error = error.downcast::<proxycore::Error>().unwrap();
    assert_eq!(error.kind(), &ErrorKind::Changed);
}
