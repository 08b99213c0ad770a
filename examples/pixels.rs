//! A frame's brightest pixel, as stored and on the display:
//! `cargo run -p proxycore-examples --example pixels -- beauty.0001.exr`.

use proxycore::image::Pixels;
use proxycore::{BuiltIn, DecodeOptions, Source, detect};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let frame = std::env::args().nth(1).ok_or("usage: pixels FRAME.exr")?;
    let source = Source::open(&frame)?;
    let stored = source.decode(&DecodeOptions::default())?.into_pixels()?;
    let native = source.decode(&DecodeOptions::default())?;
    let space = detect(native.spec());
    let shown = native.transform(&BuiltIn, &space)?.into_pixels()?;
    report(&format!("{}, by {}", space.space, space.rule));
    report(&format!("stored {:?}, shown {:?}", brightest(&stored), brightest(&shown)));
    Ok(())
}

fn brightest(pixels: &Pixels) -> Option<&[f32]> {
    pixels.samples.chunks_exact(3).max_by(|a, b| a[1].total_cmp(&b[1]))
}

#[allow(clippy::print_stdout, reason = "an example talks to its reader")]
fn report(line: &str) {
    println!("{line}");
}
