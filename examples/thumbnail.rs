//! One frame to one thumbnail, stage by stage:
//! `cargo run -p proxycore-examples --example thumbnail -- beauty.0001.exr thumb.jpg`.

use proxycore::{BuiltIn, DecodeOptions, Filter, Fit, Jpeg, Source, detect};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(frame), Some(thumb)) = (args.next(), args.next()) else {
        return Err("usage: thumbnail FRAME.exr THUMB.jpg".into());
    };
    let native = Source::open(&frame)?.decode(&DecodeOptions::default())?;
    let space = detect(native.spec());
    let light = native.transform(&BuiltIn, &space)?;
    let small = light.resize(Fit::letterbox(256, 256), Filter::Lanczos3)?;
    std::fs::write(&thumb, small.encode(&Jpeg::new())?.bytes)?;
    Ok(())
}
