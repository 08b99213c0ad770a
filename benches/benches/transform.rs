//! Colour alone: native pixels to display-linear light.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxycore::color::{BuiltIn, ColorConfig, Detected};
use proxycore::space::ColorSpace;
use proxycore_benches::{HD, pixels};

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transform");
    group.throughput(Throughput::Elements(HD.pixels())).sample_size(20);
    let samples = pixels(HD).samples;
    for space in [ColorSpace::LIN_REC709_SCENE, ColorSpace::LIN_AP1_SCENE] {
        let name = format!("builtin {space} {}", HD.name);
        let processor = BuiltIn.processor(&Detected::stated(space)).expect("is built in");
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                || samples.clone(),
                |samples| {
                    for row in samples.chunks_exact_mut(3 * HD.width) {
                        let (red, rest) = row.split_at_mut(HD.width);
                        let (green, blue) = rest.split_at_mut(HD.width);
                        processor.apply([red, green, blue]);
                    }
                    black_box(samples);
                },
                criterion::BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
