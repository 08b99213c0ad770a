//! Resizing alone, in display-linear light.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxycore::resize::{Filter, Fit};
use proxycore_benches::{UHD, display_linear};

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resize");
    group.throughput(Throughput::Elements(UHD.pixels())).sample_size(10);
    let cases = [
        ("1920", Fit::inside(1920, 1080), Filter::Lanczos3),
        ("256", Fit::letterbox(256, 256), Filter::Lanczos3),
        ("256", Fit::letterbox(256, 256), Filter::Triangle),
    ];
    for (to, fit, filter) in cases {
        let name = format!("{} {} to {to}", filter.name(), UHD.name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let small = display_linear(UHD).resize(fit, filter).expect("has a size");
                small
                    .consume(|band| {
                        black_box(band);
                        Ok(())
                    })
                    .expect("is made, not read");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
