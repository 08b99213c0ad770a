//! Decoding alone: a file in memory to native pixels, half as half.

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxycore::decode::{DecodeOptions, decode};
use proxycore_benches::{COMPRESSIONS, UHD, dpx, exr};

fn bench(criterion: &mut Criterion) {
    let mut files: Vec<_> =
        COMPRESSIONS.iter().map(|(name, with)| (format!("exr {name}"), exr(UHD, *with))).collect();
    files.push(("dpx 10-bit".into(), dpx(UHD)));
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(UHD.pixels())).sample_size(10);
    for (name, file) in files {
        let file: Arc<[u8]> = file.into();
        group.bench_function(format!("{name} {}", UHD.name), |bencher| {
            bencher.iter(|| {
                let input = Box::new(Cursor::new(Arc::clone(&file)));
                let image = decode(input, &DecodeOptions::default()).expect("decodes");
                image
                    .consume(|band| {
                        black_box(band);
                        Ok(())
                    })
                    .expect("decodes");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
