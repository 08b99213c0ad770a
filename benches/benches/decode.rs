//! Decoding alone: a file in memory to native pixels, half as half.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jpeg_encoder::SamplingFactor;
use proxycore::decode::{DecodeOptions, decode};
use proxycore_benches::{COMPRESSIONS, UHD, dpx, exr, jpeg, png, tiff};

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(UHD.pixels())).sample_size(10);
    let exrs = COMPRESSIONS.iter().map(|(name, kind)| (format!("exr {name}"), exr(UHD, *kind)));
    let stills = [
        ("dpx 10 bit".to_owned(), dpx(UHD)),
        ("tiff deflate 16 bit".to_owned(), tiff(UHD)),
        ("png 16 bit".to_owned(), png(UHD)),
        ("jpeg 4:2:0".to_owned(), jpeg(UHD, SamplingFactor::R_4_2_0, false)),
        ("jpeg 4:4:4".to_owned(), jpeg(UHD, SamplingFactor::R_4_4_4, false)),
        ("jpeg 4:2:0 progressive".to_owned(), jpeg(UHD, SamplingFactor::R_4_2_0, true)),
    ];
    for (name, file) in exrs.chain(stills) {
        group.bench_function(format!("{name} {}", UHD.name), |bencher| {
            bencher.iter(|| {
                let input = Box::new(Cursor::new(file.clone()));
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
