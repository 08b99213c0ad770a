//! Encoding alone: display-linear light to a file.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxycore::encode::{Encoder, Jpeg, Mp4};
use proxycore_benches::{HD, THUMB, display_linear};

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(HD.pixels())).sample_size(10);
    let encoders: [&dyn Encoder; 2] = [&Jpeg::new(), &Mp4::new()];
    for encoder in encoders {
        let name = format!("{} {}", encoder.media_type(), HD.name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(display_linear(HD).encode(encoder).expect("encodes")));
        });
    }
    let exact = Jpeg::exact();
    group.throughput(Throughput::Elements(THUMB.pixels()));
    group.bench_function(format!("exact image/jpeg {}", THUMB.name), |bencher| {
        bencher.iter(|| black_box(display_linear(THUMB).encode(&exact).expect("encodes")));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
