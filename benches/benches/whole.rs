//! The main job: an EXR in memory to its renditions.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxycore::color::{BuiltIn, detect};
use proxycore::decode::{DecodeOptions, decode};
use proxycore::{Rendition, Result};
use proxycore_benches::{COMPRESSIONS, UHD, exr};

fn make(file: &[u8], renditions: &[Rendition]) -> Result<()> {
    let native = decode(Box::new(Cursor::new(file.to_vec())), &DecodeOptions::default())?;
    let space = detect(native.spec());
    black_box(native.transform(&BuiltIn, &space)?.render(renditions)?);
    Ok(())
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole");
    group.throughput(Throughput::Elements(UHD.pixels())).sample_size(10);
    let sets = [
        ("thumb", vec![Rendition::thumbnail()]),
        ("thumb+proxy", vec![Rendition::thumbnail(), Rendition::proxy()]),
        (
            "thumb+proxy+preview",
            vec![Rendition::thumbnail(), Rendition::proxy(), Rendition::preview()],
        ),
    ];
    for (name, compression) in
        COMPRESSIONS.iter().filter(|(name, _)| ["none", "zip"].contains(name))
    {
        let file = exr(UHD, *compression);
        for (set, renditions) in &sets {
            group.bench_function(format!("{set} of exr {name} {}", UHD.name), |bencher| {
                bencher.iter(|| make(&file, renditions).expect("makes"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
