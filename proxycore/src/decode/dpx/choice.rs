//! Which elements are the picture.
//!
//! Of several elements, one that has colour comes first, then R, G and B in an element each, then
//! luma, then whatever is neither alpha nor depth, then the first. A caller may name an element, by
//! its number or its descriptor's name, and a channel of it.

use super::element::{Descriptor, Element};
use super::header::Header;
use super::{FORMAT, colour, layout};
use crate::decode::film::{Pick, Picture, Show, Source, Value};
use crate::decode::{Limits, Selection, no_such};
use crate::error::{Error, Result};

/// What is shown, and why.
#[derive(Debug)]
pub(super) struct Choice {
    /// The element that the picture is told to come from.
    pub(super) part: usize,
    /// The elements that it is made of.
    elements: Vec<usize>,
    pub(super) channels: Vec<String>,
    pub(super) reason: &'static str,
    pub(super) warnings: Vec<String>,
    /// A channel that was named: it alone is shown.
    layer: Option<usize>,
}

impl Choice {
    pub(super) fn new(header: &Header, selection: &Selection) -> Result<Self> {
        selection.check_flat()?;
        let (elements, reason) = match &selection.part {
            Some(name) => (vec![named(header, name)?], "the element that was named"),
            None => chosen(header),
        };
        let part = elements[0];
        let descriptor = header.elements[part].described()?;
        let mut choice = Self {
            part,
            channels: shown(descriptor, elements.len()),
            elements,
            reason,
            warnings: Vec::new(),
            layer: None,
        };
        if let Some(layer) = &selection.layer {
            choice.take_layer(descriptor, layer)?;
        }
        choice.warn(header);
        Ok(choice)
    }

    /// Shows one channel of the element alone.
    fn take_layer(&mut self, descriptor: &Descriptor, layer: &str) -> Result<()> {
        let readable = |name: &&&str| descriptor.code_of(name).is_some();
        let available = descriptor.channels.iter().filter(readable).copied();
        let missing = || no_such("layer", layer, available);
        self.layer = Some(descriptor.code_of(layer).ok_or_else(missing)?);
        self.elements.truncate(1);
        self.channels = vec![layer.to_owned()];
        self.reason = "the channel that was named";
        Ok(())
    }

    fn warn(&mut self, header: &Header) {
        let element = &header.elements[self.part];
        let misplaced = self.elements.iter().filter_map(|&at| layout::misplaced(header, at));
        self.warnings.extend(misplaced);
        if header.fields.long(660).is_some_and(|key| key != 0) {
            self.warnings.push("the header has an encryption key; pixels are read as plain".into());
        }
        let apart = |other: &Element| other.descriptor().is_some_and(|it| it.channels == ["CbCr"]);
        if self.channels == ["Y"] && header.elements.iter().any(apart) {
            self.warnings
                .push("colour differences in an element of their own are not shown".into());
        }
        let ycbcr = element.descriptor().is_some_and(Descriptor::is_ycbcr) && self.layer.is_none();
        if ycbcr && colour::matrix(element.colorimetric).is_none() {
            let guess = colour::guessed_matrix(header.height).1;
            self.warnings
                .push(format!("no colorimetric field says which matrix; taken for {guess}"));
        }
    }

    /// Where its codes lie.
    pub(super) fn picture(&self, header: &Header, limits: &Limits) -> Result<Picture> {
        let first = &header.elements[self.part];
        let sources = self.elements.iter().map(|&index| layout::source(header, index));
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let packing = sources[0].packing;
        let alike = |other: &Source| other.packing == packing;
        if !sources.iter().all(alike)
            || self.elements.iter().any(|&index| {
                let other = &header.elements[index];
                (other.encoding, other.signed) != (first.encoding, first.signed)
            })
        {
            return Err(Error::unsupported(FORMAT, "R, G and B elements of different kinds"));
        }
        let (runs, value) = (first.is_run_length(), first.value());
        if runs {
            self.check_runs(first, value)?;
            let row = u64::from(header.width) * sources[0].step as u64 * size_of::<u64>() as u64;
            Error::check_limit("bytes in a row", limits.block_bytes, row)?;
        }
        let (width, height) = (header.width as usize, header.height as usize);
        let show = self.show(header)?;
        let range = colour::narrow_range(header, first).filter(|_| self.layer.is_none());
        let bottom_up = false;
        Ok(Picture { format: FORMAT, width, height, sources, value, show, runs, bottom_up, range })
    }

    fn check_runs(&self, element: &Element, value: Value) -> Result<()> {
        let unsupported = |what| Err(Error::unsupported(FORMAT, what));
        match value {
            _ if self.elements.len() > 1 => {
                unsupported("run-length encoded elements of a colour each")
            }
            _ if element.described()?.is_subsampled() => unsupported("run-length encoded 4:2:2"),
            Value::Real => unsupported("run-length encoded floats"),
            _ => Ok(()),
        }
    }

    fn show(&self, header: &Header) -> Result<Show> {
        let element = &header.elements[self.part];
        let descriptor = element.described()?;
        if let Some(code) = self.layer {
            return Ok(Show::Planes(vec![Pick { source: 0, code }]));
        }
        if descriptor.is_ycbcr() {
            return Ok(Show::Chroma(colour::ycbcr(header, element, descriptor)));
        }
        if self.elements.len() > 1 {
            let planes = (0..self.elements.len()).map(|source| Pick { source, code: 0 });
            return Ok(Show::Planes(planes.collect()));
        }
        let codes = self.channels.iter().filter_map(|name| descriptor.code_of(name));
        Ok(Show::Planes(codes.map(|code| Pick { source: 0, code }).collect()))
    }
}

/// The element of a number from 0 or of a descriptor's name.
fn named(header: &Header, name: &str) -> Result<usize> {
    let names: Vec<&str> = header.elements.iter().map(Element::name).collect();
    let number = name.parse().ok().filter(|&number: &usize| number < names.len());
    let by_name = || names.iter().position(|known| known.eq_ignore_ascii_case(name));
    number.or_else(by_name).ok_or_else(|| no_such("part", name, names.iter().copied()))
}

fn chosen(header: &Header) -> (Vec<usize>, &'static str) {
    let channels = |element: &Element| element.descriptor().map_or(&[][..], |found| found.channels);
    let find = |wanted: &dyn Fn(&[&str]) -> bool| {
        header.elements.iter().position(|element| wanted(channels(element)))
    };
    let single = |name: &'static str| find(&move |channels| channels == [name]);
    if header.elements.len() == 1 {
        return (vec![0], "the only element");
    }
    if let Some(colour) = find(&|channels| channels.len() >= 3) {
        return (vec![colour], "the first element with colour");
    }
    if let (Some(red), Some(green), Some(blue)) = (single("R"), single("G"), single("B")) {
        return (vec![red, green, blue], "R, G and B, in an element each");
    }
    if let Some(luma) = single("Y") {
        return (vec![luma], "the first element with luma");
    }
    let shown = |channels: &[&str]| !matches!(channels, [] | ["A"] | ["Z"] | ["composite"]);
    match find(&shown) {
        Some(first) => (vec![first], "the first element that is neither alpha nor depth"),
        None => (vec![0], "the first element"),
    }
}

/// The channels that are shown of an element, or of elements of a colour each.
fn shown(descriptor: &Descriptor, elements: usize) -> Vec<String> {
    let has = |name: &str| descriptor.channels.contains(&name);
    let names: &[&str] = match descriptor.channels {
        _ if elements > 1 || (has("R") && has("G") && has("B")) => &["R", "G", "B"],
        _ if descriptor.is_ycbcr() => &["Cb", "Y", "Cr"],
        channels if channels.len() >= 3 => &channels[..3],
        channels => &channels[..1],
    };
    names.iter().map(ToString::to_string).collect()
}
