//! WebVTT cues for a sprite: which tile stands for which time of the movie.
//!
//! Each cue's text is an address with a spatial fragment, `a_sprite.jpg#xywh=160,0,160,90` (Media
//! Fragments URI 1.0, section 4.2.2), as web players take it.

use std::fmt::Write;

use super::montage::Grid;
use crate::image::{Extent, Rational};
use crate::key;
use crate::rendition::Role;

/// The MIME type of cues.
pub(super) const MEDIA_TYPE: &str = "text/vtt";

/// The key of the cues, beside that of their sprite.
pub(super) fn key(sprite: &str) -> String {
    let name = sprite.rfind('/').map_or(0, |slash| slash + 1);
    let stem = sprite[name..].rfind('.').map_or(sprite, |dot| &sprite[..name + dot]);
    format!("{stem}.vtt")
}

/// The cues of a sprite called `name`, for a movie of so many frames, before which `lead` other
/// pictures are shown: those belong to the first tile.
pub(super) fn cues(name: &str, lead: usize, frames: usize, fps: Rational, tile: Extent) -> String {
    let (grid, name) = (Grid::of(Role::Sprite), key::escaped(name));
    let spans = grid.spans(frames);
    let mut text = String::from("WEBVTT\n");
    for (index, span) in spans.iter().enumerate() {
        let shown = |frame: usize| if frame == 0 { 0 } else { (lead + frame) as u64 };
        let [start, end] = [span.start, span.end].map(|frame| time(shown(frame), fps));
        let (left, top) = grid.corner(index, spans.len(), tile);
        let Extent { width, height } = tile;
        _ = write!(text, "\n{start} --> {end}\n{name}#xywh={left},{top},{width},{height}\n");
    }
    text
}

/// When a frame begins, to the nearest millisecond.
fn time(frame: u64, fps: Rational) -> String {
    let (num, den) = (u128::from(fps.num.max(1)), u128::from(fps.den));
    let millis = (2000 * u128::from(frame) * den + num) / (2 * num);
    let (seconds, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILE: Extent = Extent::new(160, 90);

    #[test]
    fn cues_cover_the_movie_without_holes() {
        let rate = Rational { num: 24000, den: 1001 };
        let text = cues("a b\n--> x_sprite.jpg", 0, 240, rate, TILE);
        assert!(text.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:00.125\n"), "{text}");
        let times: Vec<&str> = text.lines().filter(|line| line.contains(" --> ")).collect();
        assert_eq!(times.len(), 100);
        let ends = times.iter().map(|line| line.split_once(" --> ").unwrap());
        let (starts, ends): (Vec<_>, Vec<_>) = ends.unzip();
        assert_eq!(starts[1..], ends[..99]);
        // 240 * 1001 / 24000 seconds
        assert_eq!(ends[99], "00:00:10.010");
        assert!(text.contains("a%20b%0A--%3E%20x_sprite.jpg#xywh=160,0,160,90\n"), "{text}");
        assert!(text.ends_with("#xywh=1440,810,160,90\n"));
    }

    #[test]
    fn cues_are_called_as_their_sprite() {
        assert_eq!(key("a.b/c_sprite.jpg"), "a.b/c_sprite.vtt");
        assert_eq!((key("a.b/c"), key("c.1.jpg")), ("a.b/c.vtt".into(), "c.1.vtt".into()));
    }

    #[test]
    fn hours_are_counted() {
        let rate = Rational { num: 25, den: 1 };
        assert_eq!(time(25 * 3600 * 101 + 1, rate), "101:00:00.040");
        assert_eq!(cues("a", 0, 1, rate, TILE).lines().count(), 4);
    }

    #[test]
    fn what_comes_before_the_frames_belongs_to_the_first() {
        let rate = Rational { num: 10, den: 1 };
        let text = cues("a", 1, 2, rate, TILE);
        assert!(text.contains("00:00:00.000 --> 00:00:00.200"), "{text}");
        assert!(text.contains("00:00:00.200 --> 00:00:00.300"), "{text}");
    }
}
