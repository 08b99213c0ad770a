//! A config with lookup tables of every kind that OpenColorIO reads, and planned damage to it: for
//! the suite, and for the long run in `fuzz/examples`.

use std::fmt::Write;
use std::path::Path;

use proxycore::Result;
use proxycore::color::{ColorConfig, Detected, OcioConfig};
use proxycore::space::ColorSpace;

/// A file's name and what is in it.
pub(crate) type File = (String, Vec<u8>);

/// A source space and a view; the default one where none is said.
pub(crate) type Way = (String, Option<String>);

/// The config's own name; the tables lie beside it.
pub(crate) const CONFIG: &str = "config.ocio";

/// The config, and a table of each kind.
pub(crate) fn files() -> Vec<File> {
    let tables = tables();
    let config = config(tables.iter().map(|(name, _)| name.as_str()));
    [(CONFIG.to_owned(), config)].into_iter().chain(tables).collect()
}

/// The ways through a file of [`files`]: those through the table in both directions, or all.
pub(crate) fn ways(name: &str) -> Vec<Way> {
    let through =
        |name: &str| [(name.to_owned(), None), ("linear".to_owned(), Some(name.to_owned()))];
    if name != CONFIG {
        return through(name).into();
    }
    let own = ["aces", "graded", "film"].map(str::to_owned);
    let tables = tables().into_iter().map(|(name, _)| name);
    own.into_iter().chain(tables).flat_map(|name| through(&name)).collect()
}

const HEAD: &str = "\
ocio_profile_version: 2.1
environment: {GRADE: table.cc}
search_path: .:luts/$GRADE
roles: {default: linear, scene_linear: linear, aces_interchange: aces, cie_xyz_d65_interchange: xyz}
file_rules:
  - !<Rule> {name: Plates, pattern: \"*plate*\", extension: \"[eE]xr\", colorspace: film}
  - !<Rule> {name: Shots, regex: \".*/sh[0-9]+_.*\", colorspace: linear}
  - !<Rule> {name: Default, colorspace: linear}
shared_views:
  - !<View> {name: Shown, view_transform: shown, display_colorspace: screen, looks: warm}
view_transforms:
  - !<ViewTransform>
    name: shown
    from_scene_reference: !<BuiltinTransform> {style: ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0}
display_colorspaces:
  - !<ColorSpace> {name: xyz}
  - !<ColorSpace>
    name: screen
    from_display_reference: !<GroupTransform>
      children:
        - !<MatrixTransform> {matrix: [3.24, -1.53, -0.49, 0, -0.96, 1.87, 0.04, 0, 0.05, -0.2, 1.05, 0, 0, 0, 0, 1]}
        - !<ExponentWithLinearTransform> {gamma: [2.4, 2.4, 2.4, 1], offset: [0.055, 0.055, 0.055, 0], direction: inverse}
looks:
  - !<Look>
    name: warm
    process_space: graded
    transform: !<CDLTransform> {slope: [1.1, 1, 0.9], offset: [0.01, 0, 0], power: [1, 1.1, 1], sat: 0.9}
colorspaces:
  - !<ColorSpace> {name: aces, encoding: scene-linear}
  - !<ColorSpace>
    name: linear
    aliases: [lin, \"lin one\"]
    to_scene_reference: !<MatrixTransform> {matrix: [0.7, 0.1, 0.2, 0, 0, 0.9, 0.1, 0, 0, 0, 1, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: graded
    to_scene_reference: !<GroupTransform>
      children:
        - !<ColorSpaceTransform> {src: linear, dst: aces}
        - !<GradingPrimaryTransform> {style: log, contrast: {rgb: [1.1, 1, 1], master: 1}}
        - !<ExposureContrastTransform> {style: linear, exposure: 0.5, contrast: 1, pivot: 0.18}
        - !<RangeTransform> {min_in_value: -1, min_out_value: -1}
  - !<ColorSpace>
    name: film
    to_scene_reference: !<GroupTransform>
      children:
        - !<LogCameraTransform> {log_side_slope: 0.25, lin_side_offset: 0.05, lin_side_break: 0.01, direction: inverse}
        - !<FixedFunctionTransform> {style: ACES_RedMod03}
";

fn config<'a>(tables: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let (mut text, mut views) = (HEAD.to_owned(), String::new());
    for own in ["aces", "graded", "film"] {
        writeln!(views, "    - !<View> {{name: {own}, colorspace: {own}}}").unwrap();
    }
    for name in tables {
        let file = format!("!<FileTransform> {{src: {name}, cccid: warm, interpolation: best}}");
        writeln!(text, "  - !<ColorSpace>\n    name: {name}\n    to_scene_reference: {file}")
            .unwrap();
        writeln!(views, "    - !<View> {{name: {name}, colorspace: {name}}}").unwrap();
    }
    write!(text, "displays:\n  screen:\n    - !<Views> [Shown]\n{views}").unwrap();
    text.into_bytes()
}

/// The middle of a grade in the three kinds of its file.
const GRADE: &str = "<SOPNode><Slope>1.1 1 0.9</Slope><Offset>0.1 0 0</Offset><Power>1 1.2 1</Power>\
                     </SOPNode>\n<SatNode><Saturation>0.8</Saturation></SatNode>\n";

fn tables() -> Vec<File> {
    let curve: String = lines(16, |at| format!("{:.6}", (at as f32 / 15.0).powf(0.45)));
    let three: String =
        lines(16, |at| format!("{0:.6} {0:.6} {0:.6}", (at as f32 / 15.0).powf(0.6)));
    let codes: String = lines(256, |at| format!("{at}"));
    let (cube, whole) = (cube(|share| share), cube(|share| (1023.0 * share).round()));
    let grade = format!("<ColorCorrection id=\"warm\">\n{GRADE}</ColorCorrection>\n");
    let texts = [
        (
            "cube",
            format!("TITLE \"one\"\nLUT_3D_SIZE 3\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n{cube}"),
        ),
        ("1d.cube", format!("LUT_1D_SIZE 16\n{three}")),
        (
            "both.cube",
            format!(
                "LUT_1D_SIZE 16\nLUT_1D_INPUT_RANGE -1 3\nLUT_3D_SIZE 3\nLUT_3D_INPUT_RANGE 0 4\n{three}{cube}"
            ),
        ),
        ("spi1d", format!("Version 1\nFrom 0.0 1.0\nLength 16\nComponents 1\n{{\n{curve}}}\n")),
        ("spi3d", format!("SPILUT 1.0\n3 3\n3 3 3\n{}", indexed())),
        ("spimtx", "0.75 0.13 0.11 0\n0.02 1 -0.02 0\n-0.01 0.01 1 0\n".to_owned()),
        (
            "csp",
            format!("CSPLUTV100\n3D\n\n{0}{0}{0}\n3 3 3\n{cube}", "3\n0.0 0.5 4.0\n0.0 0.6 1.0\n"),
        ),
        ("1d.csp", format!("CSPLUTV100\n1D\n\n{0}{0}{0}\n16\n{three}", "2\n0.0 1.0\n0.0 1.0\n")),
        ("3dl", format!("3DMESH\nMesh 1 10\n0 255 511 767 1023\n{whole}LUT8\ngamma 1.0\n")),
        ("lut", format!("LUT: 1 256\n\n{codes}")),
        ("cc", grade.clone()),
        ("ccc", format!("<ColorCorrectionCollection>\n{grade}</ColorCorrectionCollection>\n")),
        (
            "cdl",
            format!(
                "<ColorDecisionList>\n<ColorDecision>\n{grade}</ColorDecision>\n</ColorDecisionList>\n"
            ),
        ),
        ("itx", format!("LUT_3D_SIZE 3\n\n{cube}")),
        (
            "vf",
            format!(
                "#Inventor V2.1 ascii\ngrid_size 3 3 3\nglobal_transform 1 0 0 0  0 1 0 0  0 0 1 0  0 0 0 1\ndata\n{cube}"
            ),
        ),
        ("clf", processes("clf", &three, &cube)),
        ("ctf", processes("ctf", &three, &cube)),
    ];
    texts.map(|(kind, text)| (format!("table.{kind}"), text.into_bytes())).into()
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| line(at) + "\n").collect()
}

/// The 27 points of a cube with three a side, red fastest.
fn cube(value: impl Fn(f32) -> f32) -> String {
    let side = |at: usize| value((at as f32 / 2.0).powf(0.8));
    lines(27, |at| format!("{} {} {}", side(at % 3), side(at / 3 % 3), side(at / 9)))
}

fn indexed() -> String {
    let side = |at: usize| (at as f32 / 2.0).powf(0.8);
    lines(27, |at| {
        let [red, green, blue] = [at / 9, at / 3 % 3, at % 3];
        format!("{red} {green} {blue} {} {} {}", side(red), side(green), side(blue))
    })
}

/// The common format's operators, or those that the library adds to them.
fn processes(kind: &str, three: &str, cube: &str) -> String {
    let depths = "inBitDepth=\"32f\" outBitDepth=\"32f\"";
    let head = if kind == "clf" { "compCLFversion=\"3\"" } else { "version=\"2.0\"" };
    let more = if kind == "clf" {
        format!(
            "<Exponent {depths} style=\"basicMirrorFwd\"><ExponentParams exponent=\"2.2\"/></Exponent>\n\
             <ASC_CDL id=\"warm\" {depths} style=\"Fwd\">\n{GRADE}</ASC_CDL>\n"
        )
    } else {
        format!(
            "<InverseLUT1D {depths}>\n<Array dim=\"16 3\">\n{three}</Array>\n</InverseLUT1D>\n\
             <FixedFunction {depths} style=\"RedMod03Fwd\"/>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ProcessList id=\"all\" {head}>\n\
         <Matrix {depths}>\n<Array dim=\"3 3\">\n1 0.1 0\n0 1 0.1\n0.1 0 1\n</Array>\n</Matrix>\n\
         <Range {depths}>\n<minInValue>0</minInValue>\n<maxInValue>1</maxInValue>\n\
         <minOutValue>0</minOutValue>\n<maxOutValue>1</maxOutValue>\n</Range>\n\
         <Log {depths} style=\"linToLog\"><LogParams base=\"2\" linSideSlope=\"1\" linSideOffset=\"0.1\"/></Log>\n\
         <LUT1D {depths}>\n<Array dim=\"16 3\">\n{three}</Array>\n</LUT1D>\n\
         <LUT3D {depths} interpolation=\"tetrahedral\">\n<Array dim=\"3 3 3 3\">\n{cube}</Array>\n</LUT3D>\n\
         {more}</ProcessList>\n"
    )
}

/// What numbers become: sizes that lie, and what arithmetic goes wrong on.
const NUMBERS: [&str; 19] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "16",
    "129",
    "130",
    "256",
    "65536",
    "300000",
    "1048577",
    "2147483647",
    "4294967296",
    "1e38",
    "-1e-38",
    "1e400",
    "nan",
    "inf",
];

/// Damages a file in one to four places.
pub(crate) fn spoil(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            return bytes;
        }
        match random.below(8) {
            0 => bytes.truncate(random.below(bytes.len())),
            1 => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 + random.below(255) as u8;
            }
            2 | 3 => bytes = swap_lines(&bytes, random),
            4 => bytes = swap_words(&bytes, random),
            _ => bytes = lie(&bytes, random),
        }
    }
    bytes
}

/// Puts a line in another's place; the other stays, or goes.
fn swap_lines(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<_> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 => drop(lines.remove(to)),
        1 => lines.insert(to, lines[from]),
        _ => lines[to] = lines[from],
    }
    lines.concat()
}

/// Puts a word in another's place: names that refer to themselves, transforms of another kind.
fn swap_words(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let words = runs(bytes, |byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if words.is_empty() {
        return bytes.to_vec();
    }
    let (from, to) = (words[random.below(words.len())], words[random.below(words.len())]);
    replaced(bytes, to, &bytes[from.0..from.1])
}

/// Puts another number in a number's place. Half of the time it is one of the first: sizes come
/// before samples.
fn lie(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let numbers = runs(bytes, |byte| byte.is_ascii_digit() || b".-".contains(&byte));
    if numbers.is_empty() {
        return bytes.to_vec();
    }
    let reach = if random.below(2) == 0 { numbers.len().min(8) } else { numbers.len() };
    let number = numbers[random.below(reach)];
    replaced(bytes, number, NUMBERS[random.below(NUMBERS.len())].as_bytes())
}

/// Where the runs of such bytes start and end.
fn runs(bytes: &[u8], is_in: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in bytes.iter().enumerate().filter(|&(_, &byte)| is_in(byte)) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

fn replaced(bytes: &[u8], (start, end): (usize, usize), with: &[u8]) -> Vec<u8> {
    [&bytes[..start], with, &bytes[end..]].concat()
}

/// Takes a hundred pixels along a way of a config.
pub(crate) fn travel(config: &OcioConfig, (source, view): &Way) -> Result<()> {
    let config = match view {
        Some(view) => config.clone().with_view(view)?,
        None => config.clone(),
    };
    let processor = config.processor(&Detected::stated(ColorSpace::new(source)))?;
    let extremes = [0.0, 1.0, -1.0, 0.18, f32::MIN_POSITIVE, 65504.0, -65504.0, 1e-7];
    let plane = |step: usize| -> Vec<_> {
        let value = |at: usize| match extremes.get(at * step % 17) {
            Some(extreme) => *extreme,
            None => (at * step % 100) as f32 / 80.0,
        };
        (0..100).map(value).collect()
    };
    let [mut red, mut green, mut blue] = [1, 3, 7].map(plane);
    processor.apply([&mut red, &mut green, &mut blue]);
    let light = [red, green, blue].concat();
    assert!(light.iter().all(|sample| (0.0..=1.0).contains(sample)), "light is in 0..=1");
    let _ = config.file_rule("shots/sh010_plate.exr");
    Ok(())
}

/// Opens the config of a folder.
pub(crate) fn open(folder: &Path) -> Result<OcioConfig> {
    OcioConfig::open(folder.join(CONFIG).to_string_lossy())
}

/// Marsaglia's xorshift: the same numbers on every run.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
