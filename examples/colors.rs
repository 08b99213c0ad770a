//! What OpenColorIO configs make of pixels: display-linear light of raw little-endian floats, R, G, B
//! interleaved, from stdin to stdout:
//! `cargo run -p proxycore-examples --example colors -- JOBS <pixels.raw >light.raw`.
//!
//! Each line of the file JOBS is a transform of all the pixels: config, source space, display and
//! view, parted by tabs; an empty display or view is the default one. A gamut may follow (`rec709`,
//! `p3`, `pq`, `hlg`), and then `fast`, for the transform that is near enough. A transform that cannot
//! be made is told on stderr by its line, and its pixels are NaN; of a fast one, its line there says
//! how near it is.

use std::io::{BufWriter, Read, Write};

use proxycore::color::{ColorConfig, Detected, OcioConfig};
use proxycore::space::{ColorSpace, Gamut};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let jobs = std::env::args().nth(1).ok_or("usage: colors JOBS <PIXELS >LIGHT")?;
    let jobs = std::fs::read_to_string(jobs)?;
    let pixels = planes()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut open = None;
    for (at, job) in jobs.lines().enumerate() {
        let words: Vec<_> = job.split('\t').collect();
        let &[name, ref job @ ..] = &words[..] else {
            return Err(format!("line {at}: no config").into());
        };
        let config = match open.take() {
            Some((same, config)) if same == name => config,
            _ => OcioConfig::open(name)?,
        };
        let light = light(&config, at, job, &pixels).unwrap_or_else(|failure| {
            report(&format!("{at}: {failure}"));
            pixels.clone().map(|plane| vec![f32::NAN; plane.len()])
        });
        write(&mut out, &light)?;
        open = Some((name, config));
    }
    Ok(out.flush()?)
}

fn light(
    config: &OcioConfig,
    at: usize,
    job: &[&str],
    pixels: &[Vec<f32>; 3],
) -> Result<[Vec<f32>; 3], Failure> {
    let &[source, display, view, ref rest @ ..] = job else {
        return Err("not a config, a space, a display and a view".into());
    };
    let gamut = match rest.first() {
        None | Some(&"rec709") => Gamut::Rec709,
        Some(&"p3") => Gamut::P3,
        Some(&"pq") => Gamut::Rec2100Pq,
        Some(&"hlg") => Gamut::Rec2100Hlg,
        Some(other) => return Err(format!("no gamut {other}").into()),
    };
    let is_fast = rest.get(1) == Some(&"fast");
    let mut config = if is_fast { config.clone() } else { config.clone().exact() };
    if !display.is_empty() {
        config = config.with_display(display)?;
    }
    if !view.is_empty() {
        config = config.with_view(view)?;
    }
    let processor = config.processor_for(&Detected::stated(ColorSpace::new(source)), gamut)?;
    if is_fast {
        report(&format!("{at}: {:?}", processor.precision()));
    }
    let mut light = pixels.clone();
    processor.apply(light.each_mut().map(Vec::as_mut_slice));
    Ok(light)
}

/// The red, green and blue of stdin.
fn planes() -> Result<[Vec<f32>; 3], Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let (samples, _) = bytes.as_chunks();
    let plane = |at| samples.iter().skip(at).step_by(3).map(|&four| f32::from_le_bytes(four));
    Ok([0, 1, 2].map(|at| plane(at).collect()))
}

fn write(out: &mut impl Write, [red, green, blue]: &[Vec<f32>; 3]) -> Result<(), Failure> {
    for ((red, green), blue) in red.iter().zip(green).zip(blue) {
        for sample in [red, green, blue] {
            out.write_all(&sample.to_le_bytes())?;
        }
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "an example talks to its reader")]
fn report(line: &str) {
    eprintln!("{line}");
}
