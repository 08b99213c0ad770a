//! Pictures and decoders that the tests of this folder share.

use std::path::Path;
use std::process::Command;

use crate::image::Band;

#[path = "../../tests/common/skip.rs"]
pub(super) mod skip;

/// Smooth gradients, different in each channel, from a little below 0 to a little above 1.
pub(super) fn ramp(width: u32, height: u32) -> Band {
    let mut band = Band::black(0, height, width);
    let at = |step: usize, steps: u32| step as f32 / steps as f32 * 1.1 - 0.05;
    for (y, [red, green, blue]) in band.planes_mut().enumerate() {
        for x in 0..width as usize {
            red[x] = at(x, width);
            green[x] = at(y, height);
            blue[x] = 1.0 - at(x + y, width + height);
        }
    }
    band
}

/// Repeatable noise, 0..=1.
pub(super) fn noise(width: u32, height: u32) -> Band {
    let mut band = Band::black(0, height, width);
    let mut state = 1u32;
    for sample in &mut band.samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = (state >> 8) as f32 / (1 << 24) as f32;
    }
    band
}

/// Runs a program and gives what it printed; `None`, and a line that says so, where it is absent.
pub(super) fn output(program: &str, args: &[&str], file: &Path) -> Option<Vec<u8>> {
    let args = args.iter().map(|arg| if *arg == "FILE" { file.as_os_str() } else { arg.as_ref() });
    match Command::new(program).args(args).output() {
        Ok(output) => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && complaint.is_empty(), "{program}: {complaint}");
            Some(output.stdout)
        }
        Err(_) => {
            skip::without_tool(format_args!("there is no {program} here"));
            None
        }
    }
}
