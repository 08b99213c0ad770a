//! How much a name is that of the beauty: the picture with all its light, which people look at.
//!
//! There is no standard for the name. These are those of Arnold and `OpenImageIO` (`rgba`), V-Ray
//! (`RGB color`, `effectsResult`), `RenderMan` (`Ci`), Redshift (`Main`), Karma and Mantra (`C`),
//! Cycles (`Combined`, `Noisy Image`), Octane (`Beauty`, `DeMain`), Nuke, Natron (`Color`), Fusion,
//! After Effects, modo (`Final Color Output`), `LightWave` (`Final_Render`) and Unreal.

use super::names::words;

/// Names of the beauty, without what stands between their words, the most wanted first.
const BEAUTIES: &[&str] = &[
    "rgba",
    "beauty",
    "combined",
    "rgb",
    "rgbcolor",
    "rgbacolor",
    "ci",
    "c",
    "composite",
    "color",
    "colour",
    "effectsresult",
    "finalimage",
    "finalrender",
    "finalcoloroutput",
    "finalcolor",
    "main",
    "master",
    "final",
    "image",
    "render",
    "result",
    "output",
    "comp",
    "col",
    "picture",
    "denoised",
    "demain",
    "noisyimage",
];

/// Words that make another name of the beauty no less: `rgba_main`, `beauty.denoised`.
const NEUTRAL: &[&str] = &[
    "aces",
    "acescg",
    "all",
    "aov",
    "buffer",
    "channels",
    "clean",
    "denoise",
    "denoised",
    "final",
    "flat",
    "full",
    "hdr",
    "hero",
    "image",
    "img",
    "layer",
    "left",
    "lin",
    "linear",
    "main",
    "master",
    "merged",
    "noisy",
    "optix",
    "oidn",
    "out",
    "output",
    "part",
    "pass",
    "premult",
    "raw",
    "render",
    "renderlayer",
    "result",
    "right",
    "scene",
    "srgb",
    "total",
    "unpremult",
    "v",
    "view",
    "viewlayer",
];

/// Words with which a longer name is that of something beside the beauty.
const LEADS: &[&str] = &["rgba", "rgb", "beauty", "combined", "composite"];

/// Words of what is only a part of the light, or none.
const PARTS: &[&str] = &[
    "albedo",
    "alpha",
    "diffuse",
    "direct",
    "emission",
    "error",
    "indirect",
    "mask",
    "matte",
    "reflection",
    "refraction",
    "shadow",
    "specular",
    "sss",
];

/// How sure it is that a name is that of the beauty, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// The name is one of the beauty, the most wanted ones first.
    Exact(usize),
    /// It is one of them with words that mean no other picture.
    Close(usize),
    /// It starts with one, and goes on otherwise.
    Far,
}

/// How much a layer's path or a part's name is that of the beauty.
pub(super) fn likeness(path: &str) -> Option<Likeness> {
    let mut steps = path.rsplit(['.', ':', '/']).map(words);
    let last = steps.next()?;
    let says = |step: &Vec<String>| !step.iter().all(|word| is_neutral(word));
    if says(&last) {
        return of_words(&last);
    }
    match steps.find(says) {
        None => of_words(&last),
        Some(before) => Some(match of_words(&before)? {
            Likeness::Exact(at) => Likeness::Close(at),
            other => other,
        }),
    }
}

/// Whether all but the last of a path are words that say nothing: `ViewLayer.Combined` is the
/// beauty of the whole, `Background.Combined` that of a layer.
pub(super) fn is_of_the_whole(path: &str) -> bool {
    let steps = path.rsplit(['.', ':', '/']).skip(1).map(words);
    steps
        .into_iter()
        .all(|step| of_words(&step).is_some() || step.iter().all(|word| is_neutral(word)))
}

fn of_words(words: &[String]) -> Option<Likeness> {
    let place = |name: &str| BEAUTIES.iter().position(|beauty| *beauty == name);
    if let Some(at) = place(&words.concat()) {
        return Some(Likeness::Exact(at));
    }
    if words.iter().any(|word| PARTS.contains(&word.as_str())) {
        return None;
    }
    let best = words.iter().filter_map(|word| place(word)).min()?;
    if words.iter().all(|word| place(word).is_some() || is_neutral(word)) {
        return Some(Likeness::Close(best));
    }
    LEADS.contains(&words[0].as_str()).then_some(Likeness::Far)
}

fn is_neutral(word: &str) -> bool {
    NEUTRAL.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a part's name says nothing of what is in it: `part0`, `Layer 1`, `subimage01`.
pub(super) fn says_nothing(name: &str) -> bool {
    const NOTHING: &[&str] = &["part", "layer", "subimage", "image", "default", "unnamed"];
    let words = words(name);
    words.iter().all(|word| NOTHING.contains(&word.as_str()) || is_neutral(word))
}

#[cfg(test)]
mod tests {
    use super::Likeness::{Close, Exact, Far};
    use super::*;

    #[test]
    fn names_of_the_beauty_are_told_from_those_of_its_parts() {
        let exact = [
            "rgba",
            "RGBA",
            "Beauty",
            "ViewLayer.Combined",
            "Ci",
            "C",
            "RGB color",
            "composite",
            "Final Color Output",
            "Final_Render",
            "Main",
            "effectsResult",
            "Color",
            "FinalImage",
        ];
        for name in exact {
            assert!(matches!(likeness(name), Some(Exact(_))), "{name}");
        }
        let close = [
            "rgba_main",
            "beauty.denoised",
            "Denoised beauty",
            "beauty_v02",
            "rgba.left",
            "RGBA Image",
            "masterLayer",
            "Composite.Combined.left",
            "beauty01",
            "color_main",
        ];
        for name in close {
            assert!(matches!(likeness(name), Some(Close(_))), "{name}: {:?}", likeness(name));
        }
        for name in ["rgba_key", "beauty_fg", "RGB_IMAGEPIPELINE_0"] {
            let found = likeness(name);
            assert!(matches!(found, Some(Far | Close(_))), "{name}: {found:?}");
        }
        let none = [
            "albedo",
            "diffuse_color",
            "base_color",
            "beauty_albedo",
            "rgba_mask",
            "direct",
            "key",
            "left",
            "diffuse.main",
            "albedo.denoised",
            "denoising albedo",
            "",
            "mainlight",
            "Combined.diffuse",
        ];
        for name in none {
            assert_eq!(likeness(name), None, "{name}");
        }
        assert_eq!(likeness("rgba_key"), Some(Far));
        assert!(likeness("beauty") < likeness("Main") && likeness("Main") < likeness("rgba_main"));
    }

    #[test]
    fn the_whole_is_told_from_a_layer() {
        for (path, want) in [
            ("Combined", true),
            ("ViewLayer.Combined", true),
            ("Composite.Combined", true),
            ("Background.Combined", false),
        ] {
            assert_eq!(is_of_the_whole(path), want, "{path}");
        }
    }

    #[test]
    fn some_names_say_nothing() {
        for (name, want) in [("part0", true), ("Layer 1", true), ("", true), ("albedo", false)] {
            assert_eq!(says_nothing(name), want, "{name}");
        }
    }
}
