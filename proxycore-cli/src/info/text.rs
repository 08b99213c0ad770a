//! What a frame is, for people: within 100 columns.

use proxycore::color::{ColorTransform, icc_description};
use proxycore::image::{Attribute, ChannelInfo, ImageSpec, PartInfo, Window};
use proxycore::pipeline::Info;
use serde_json::json;

use crate::report::bytes;
use crate::terminal::plain;

/// Columns of a line.
const WIDTH: usize = 100;

/// The most characters of an attribute's text.
const LONGEST: usize = 2000;

/// Columns of what stands before a value: of the frame, and of a part.
const LABEL: [usize; 2] = [13, 24];

/// Says all of it.
pub fn describe(info: &Info) -> String {
    let Info { source, spec, found, deep, .. } = info;
    let (format, size) = (spec.file.format, bytes(source.meta().size));
    let mut page = Page { text: format!("{}  {format}  {size}", plain(source.key())) };
    page.frame("picture", &picture(spec));
    page.frame("because", spec.reason);
    let (rule, certainty) = (found.rule, found.certainty.name());
    page.frame("colour", &format!("{}  {certainty}, by {rule}", found.space));
    if info.transform.view.is_some() {
        page.frame("shown by", &shown_by(&info.transform));
    }
    if let Some([samples, most]) = deep {
        page.frame("deep", &format!("{samples} samples, at the most {most} in a pixel"));
    }
    if let Some(rate) = spec.frames_per_second {
        page.frame("frame rate", &format!("{}/{}", rate.num, rate.den));
    }
    if let Some(code) = spec.timecode {
        page.frame("timecode", &code.to_string());
    }
    if let Some(profile) = &spec.icc_profile {
        let name = icc_description(profile).unwrap_or_else(|| "without a name".into());
        page.frame("ICC profile", &format!("{name}, {}", bytes(profile.len() as u64)));
    }
    for warning in info.warnings() {
        page.frame("warning", warning);
    }
    for (index, part) in spec.file.parts.iter().enumerate() {
        page.part(index, part);
    }
    page.text
}

/// The config, display, view and looks that a frame goes through.
fn shown_by(transform: &ColorTransform) -> String {
    let ColorTransform { config, display, view, looks, .. } = transform;
    let looks = looks.iter().map(|looks| format!(", looks {looks}")).collect::<String>();
    let [display, view] = [display, view].map(|name| name.as_deref().unwrap_or_default());
    format!("{view} on {display}{looks}, of {config}")
}

/// Lines in the making.
struct Page {
    text: String,
}

impl Page {
    fn frame(&mut self, label: &str, value: &str) {
        self.line(2, LABEL[0], label, value);
    }

    fn of_part(&mut self, label: &str, value: &str) {
        self.line(4, LABEL[1], label, value);
    }

    /// Adds a labelled value, over as many lines as it takes.
    fn line(&mut self, indent: usize, column: usize, label: &str, value: &str) {
        let label = plain(label);
        let start = indent + column.max(label.chars().count() + 2);
        let mut lead = format!("\n{:indent$}{label:1$}", "", start - indent);
        for line in wrapped(value, WIDTH - start.min(WIDTH / 2)) {
            self.text += &lead;
            self.text += &line;
            lead = format!("\n{:start$}", "");
        }
    }

    fn part(&mut self, index: usize, part: &PartInfo) {
        let name = part.name.iter().map(|name| format!("  {name}"));
        let view = part.view.iter().map(|view| format!("  view {view}"));
        let names = name.chain(view).collect::<String>();
        self.text += &format!("\n  part {index}{}", plain(&names));
        self.of_part("layout", &format!("{}, {}", part.layout, part.compression));
        if part.levels.len() > 1 {
            let sizes = part.levels.iter().map(|size| format!("{}x{}", size.width, size.height));
            self.of_part("levels", &sizes.collect::<Vec<_>>().join(" "));
        }
        self.of_part("data window", &window(part.data_window));
        self.of_part("display window", &window(part.display_window));
        self.of_part("pixel aspect", &part.pixel_aspect.to_string());
        for (layer, channels) in by_layer(&part.channels) {
            let label = if layer.is_empty() { "channels" } else { &format!("layer {layer}") };
            self.of_part(label, &channels);
        }
        for (name, value) in &part.attributes {
            self.of_part(name, &attribute(value));
        }
    }
}

/// The picture that is shown: its size, its channels, and where they are from.
fn picture(spec: &ImageSpec) -> String {
    let (width, height, channels) = (spec.width, spec.height, spec.channels.join(" "));
    let level = if spec.level > 0 { format!(", level {}", spec.level) } else { String::new() };
    let view = spec.part().view.iter().map(|view| format!(", view {view}")).collect::<String>();
    format!("{width}x{height}  {channels}  of part {}{view}{level}", spec.part)
}

/// Channels by layer: names and types, such as `B G R half, Z float`.
fn by_layer(channels: &[ChannelInfo]) -> Vec<(String, String)> {
    let mut layers: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for channel in channels {
        let (layer, name) = channel.name.rsplit_once('.').unwrap_or(("", &channel.name));
        let at = layers.iter().position(|(known, _)| known == layer).unwrap_or_else(|| {
            layers.push((layer.to_owned(), Vec::new()));
            layers.len() - 1
        });
        let kind = kind(channel);
        let groups = &mut layers[at].1;
        match groups.last_mut().filter(|(_, last)| *last == kind) {
            Some((names, _)) => *names += &format!(" {name}"),
            None => groups.push((name.to_owned(), kind)),
        }
    }
    let told = |groups: Vec<(String, String)>| {
        let each = groups.into_iter().map(|(names, kind)| format!("{names} {kind}"));
        each.collect::<Vec<_>>().join(", ")
    };
    layers.into_iter().map(|(layer, groups)| (layer, told(groups))).collect()
}

fn kind(channel: &ChannelInfo) -> String {
    let kind = json!(channel.sample_type);
    let kind = kind.as_str().unwrap_or_default();
    match channel.sampling {
        [1, 1] => kind.to_owned(),
        [x, y] => format!("{kind} every {x}x{y}"),
    }
}

fn window(window: Window) -> String {
    format!("{}x{} at {}, {}", window.width, window.height, window.x, window.y)
}

fn attribute(value: &Attribute) -> String {
    match value {
        Attribute::Text(text) => cut(text),
        Attribute::Texts(texts) => cut(&texts.join(", ")),
        Attribute::Floats(numbers) => {
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        Attribute::Float(number) => number.to_string(),
        other => json!(other).to_string(),
    }
}

/// A text as far as people read it: a Cryptomatte's manifest may have megabytes.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            let left = bytes((text.len() - end) as u64);
            format!("{} ... and {left} more, which --json prints", &text[..end])
        }
        None => text.to_owned(),
    }
}

/// Text in lines of up to `width` columns, broken at spaces; at least one. Control characters
/// are written out.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split(['\n', '\r']).flat_map(|line| line.split_inclusive(' ')) {
        let word: Vec<char> = plain(word).chars().collect();
        let mut rest = &word[..];
        // the space behind a word may stand beyond the edge
        while rest.len() > width - used + usize::from(rest.ends_with(&[' '])) {
            if used == 0 {
                let (head, tail) = rest.split_at(width);
                line.extend(head);
                rest = tail;
            }
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.extend(rest);
        used = (used + rest.len()).min(width);
    }
    lines.push(line);
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use proxycore::image::SampleType;

    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("abcd efgh", 4), ["abcd", "efgh"]);
        assert_eq!(wrapped("ab   c", 4), ["ab", "c"]);
        assert_eq!(wrapped(&"x".repeat(4 << 20), 50).len(), (4_usize << 20).div_ceil(50));
        assert_eq!(wrapped("a\x1b[2Jb", 20), [r"a\u{1b}[2Jb"]);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(cut(&"é".repeat(2000)), "é".repeat(2000));
        let text = cut(&"é".repeat(3000));
        assert!(text.ends_with(" ... and 2000 B more, which --json prints"), "{text}");
    }

    #[test]
    fn channels_are_told_by_layer_and_type() {
        let channel = |name: &str, sample_type, sampling| ChannelInfo {
            name: name.into(),
            sample_type,
            sampling: [sampling; 2],
        };
        let channels = [
            channel("BY", SampleType::Half, 2),
            channel("Y", SampleType::Half, 1),
            channel("Z", SampleType::Float, 1),
            channel("aov.B", SampleType::Half, 1),
            channel("aov.G", SampleType::Half, 1),
        ];
        let told = by_layer(&channels);
        assert_eq!(told[0], (String::new(), "BY half every 2x2, Y half, Z float".into()));
        assert_eq!(told[1], ("aov".into(), "B G half".into()));
    }
}
