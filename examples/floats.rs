//! A frame as stored: raw little-endian floats, R, G, B interleaved, and its size on stderr:
//! `cargo run -p proxycore-examples --example floats -- beauty.0001.exr beauty.raw`, or `-` for stdout.
//! Then may follow what of the frame: `--part NAME`, `--layer NAME`, `--view NAME`, `--level N`.

use std::fs::File;
use std::io::{BufWriter, Write};

use proxycore::decode::Selection;
use proxycore::{DecodeOptions, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let frame = args.next().ok_or("usage: floats FRAME [OUT]")?;
    let target = args.next().filter(|path| path != "-");
    let options = DecodeOptions::default().with_selection(selection(args)?);
    let pixels = Source::open(&frame)?.decode(&options)?.into_pixels()?;
    let out: Box<dyn Write> = match target {
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

/// What of the frame, from pairs of words.
fn selection(
    mut args: impl Iterator<Item = String>,
) -> Result<Selection, Box<dyn std::error::Error>> {
    let mut selection = Selection::default();
    while let (Some(what), Some(name)) = (args.next(), args.next()) {
        selection = match what.as_str() {
            "--part" => selection.with_part(name),
            "--layer" => selection.with_layer(name),
            "--view" => selection.with_view(name),
            "--level" => selection.with_level(name.parse()?),
            _ => return Err(format!("{what} is none of --part --layer --view --level").into()),
        };
    }
    Ok(selection)
}

#[allow(clippy::print_stderr, reason = "an example talks to its reader")]
fn report(line: &str) {
    eprintln!("{line}");
}
