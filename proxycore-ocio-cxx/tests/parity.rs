//! C++ and the port give the same light: every space, role and alias of the configs that are built into
//! OpenColorIO as the source of the default view, and every view of every display from
//! scene-linear light.

#![cfg(any(feature = "bundled", feature = "system"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use ocio_rs::{BuiltinConfigRegistry, Config};
use proxycore::Result;
use proxycore::color::{ColorConfig, Detected, OcioConfig};
use proxycore::space::ColorSpace;

/// Of light in 0..=1; `tests/peers/ocio.py` holds the port to the same against C++ from Python.
const SAME: f32 = 1e-6;

/// Pixels of spaces of codes; those of light go up to 200.
const CODES: std::ops::RangeInclusive<f32> = -0.2..=1.5;

type Planes = [Vec<f32>; 3];

/// A source, and a display and view where they are not the default ones.
#[derive(Debug)]
struct Job {
    source: String,
    shown: Option<(String, String)>,
}

#[test]
fn both_engines_make_the_same_light_of_every_space_and_view() {
    let registry = BuiltinConfigRegistry::get().unwrap();
    let (mut all, mut equal, mut largest) = (0, 0, 0f32);
    for at in 0..registry.num_builtin_configs() {
        let name = format!("ocio://{}", registry.config_name(at).unwrap());
        let config = Config::from_file(&name).unwrap();
        let port = OcioConfig::open(&name).unwrap().exact();
        let cxx = proxycore_ocio_cxx::open(&name).unwrap().exact();
        for job in jobs(&config) {
            let pixels = pixels(is_light(&config, &job.source));
            let [ours, theirs] = [&port, &cxx].map(|config| light(config, &job, &pixels).unwrap());
            let apart = difference(&ours, &theirs);
            assert!(apart <= SAME, "{name}: {job:?} differ by {apart:e}");
            (all, largest) = (all + 1, largest.max(apart));
            equal += usize::from(ours == theirs);
        }
    }
    println!("{all} transforms, {equal} equal to the bit, the others within {largest:e}");
    assert!(all > 1000, "{all}");
    assert!(equal * 10 > all * 9, "{equal} of {all}");
}

fn light(config: &OcioConfig, job: &Job, pixels: &Planes) -> Result<Planes> {
    let mut config = config.clone();
    if let Some((display, view)) = &job.shown {
        config = config.with_display(display)?.with_view(view)?;
    }
    let source = Detected::stated(ColorSpace::new(job.source.as_str()));
    let mut light = pixels.clone();
    config.processor(&source)?.apply(light.each_mut().map(Vec::as_mut_slice));
    Ok(light)
}

fn difference(ours: &Planes, theirs: &Planes) -> f32 {
    let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// All that C++ finds in a config, hidden spaces too.
fn jobs(config: &Config) -> Vec<Job> {
    config.set_inactive_color_spaces("").unwrap();
    let spaces =
        (0..config.num_color_spaces()).filter_map(|at| config.color_space_name_by_index(at));
    let spaces = spaces.map(|name| config.color_space(name).unwrap());
    let names = spaces.flat_map(|space| {
        let aliases = (0..space.num_aliases()).filter_map(|at| space.alias(at));
        space.name().into_iter().chain(aliases).collect::<Vec<_>>()
    });
    let roles = (0..config.num_roles()).filter_map(|at| config.role_name(at));
    let sources = names.chain(roles).filter(|name| !config.color_space(name).unwrap().is_data());
    let displays = (0..config.num_displays()).filter_map(|at| config.display(at));
    let shown = displays.flat_map(|display| {
        let views = (0..config.num_views(&display)).filter_map(|at| config.view(&display, at));
        views.map(|view| (display.clone(), view)).collect::<Vec<_>>()
    });
    let shown = shown.map(|shown| Job { source: "scene_linear".into(), shown: Some(shown) });
    sources.map(|source| Job { source, shown: None }).chain(shown).collect()
}

fn is_light(config: &Config, source: &str) -> bool {
    let encoding = config.color_space(source).unwrap().encoding();
    encoding.is_some_and(|encoding| encoding.ends_with("-linear"))
}

/// Greys from 1e-6 to 200 and below 0, a cube, saturated light, and pixels of no order.
fn pixels(is_light: bool) -> Planes {
    let steps = |from: f32, to: f32, count: u16| {
        let step = move |at| f32::from(at) / f32::from(count - 1);
        (0..count).map(move |at| from * (to / from).powf(step(at)))
    };
    let greys = steps(1e-6, 200.0, 400).chain(steps(1e-6, 0.5, 60).map(|grey| -grey));
    let codes = (0..=512u16).map(|code| f32::from(code) / 512.0);
    let mut all: Vec<[f32; 3]> = greys.chain(codes).map(|grey| [grey; 3]).collect();
    let cube = |at: u16| [at / 81, at / 9 % 9, at % 9].map(|step| f32::from(step) / 8.0);
    all.extend((0..729).map(cube));
    let hue = |at: u16| [at / 9, at / 3 % 3, at % 3].map(|step| [0.0, 0.1, 1.0][usize::from(step)]);
    let hues = (0..27).map(hue).filter(|hue| hue.contains(&1.0));
    all.extend(
        hues.flat_map(|hue| steps(1e-3, 100.0, 40).map(move |level| hue.map(|c| c * level))),
    );
    let mut state = 709;
    all.extend((0..500).map(|_| [(); 3].map(|()| 1.4 * random(&mut state) - 0.2)));
    let light = |state: &mut u64| 1e-4 * 1e6_f32.powf(random(state));
    all.extend((0..1000).map(|_| [(); 3].map(|()| light(&mut state))));
    all.retain(|pixel| is_light || pixel.iter().all(|value| CODES.contains(value)));
    [0, 1, 2].map(|plane| all.iter().map(|pixel| pixel[plane]).collect())
}

/// Evenly in 0..1: Knuth's linear congruential generator, MMIX.
fn random(state: &mut u64) -> f32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as f32 / (1 << 24) as f32
}
