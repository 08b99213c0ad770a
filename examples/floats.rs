//! A frame as stored: raw little-endian floats, R, G, B interleaved, and its size on stderr:
//! `cargo run -p proxycore-examples --example floats -- beauty.0001.exr beauty.raw`.

use std::fs::File;
use std::io::{BufWriter, Write};

use proxycore::{DecodeOptions, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let frame = args.next().ok_or("usage: floats FRAME [OUT]")?;
    let pixels = Source::open(&frame)?.decode(&DecodeOptions::default())?.into_pixels()?;
    let out: Box<dyn Write> = match args.next() {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(std::io::stdout().lock()),
    };
    let mut out = BufWriter::new(out);
    for sample in &pixels.samples {
        out.write_all(&sample.to_le_bytes())?;
    }
    out.flush()?;
    report(&format!("{}x{}", pixels.width, pixels.height));
    Ok(())
}

#[allow(clippy::print_stderr, reason = "an example talks to its reader")]
fn report(line: &str) {
    eprintln!("{line}");
}
