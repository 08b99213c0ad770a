//! Stills: decoded as any reader would, through the space of the ICC profile that is in them.

use std::io::Cursor;

use super::meter::Meter;
use super::{BIAS, Proof, Reference, Suspect, Tags, blame, fault};
use crate::color::{BuiltIn, ColorConfig, Detected, Rule, detect, icc_description};
use crate::decode::{DecodeOptions, Decoder, JpegDecoder};
use crate::encode::Encoded;
use crate::error::Result;
use crate::image::{Attribute, Extent, Image, ImageSpec, Native};
use crate::space::ColorSpace;

/// The curves and the primaries that codes may have by mistake.
const CURVES: [&str; 4] = ["g24", "g18", "lin", "srgb"];
const PRIMARIES: [&str; 2] = ["rec709", "p3d65"];

pub(super) fn prove(encoded: &Encoded, light: &Reference) -> Result<Proof> {
    let image = open(encoded)?;
    let tags = read(image.spec(), encoded)?;
    let meter = measure(image, &tags.colorspace, light)?;
    let bias = meter.bias();
    if bias <= BIAS {
        return meter.finish(tags);
    }
    let suspects = others(&tags.colorspace).filter_map(|(tag, space)| {
        let bias = measure(open(encoded).ok()?, &space, light).ok()?.bias();
        Some(Suspect { tag, says: space.id().to_owned(), bias })
    });
    Err(blame(bias, suspects))
}

/// Spaces that codes may be in by mistake: with another curve, or else with other primaries.
fn others(named: &ColorSpace) -> impl Iterator<Item = (&'static str, ColorSpace)> {
    let words: Vec<String> = named.id().split('_').map(ToOwned::to_owned).collect();
    let curve = words.first().cloned().unwrap_or_default();
    let primaries = words.get(1).cloned().unwrap_or_default();
    let space =
        |curve: &str, primaries: &str| ColorSpace::new(format!("{curve}_{primaries}_display"));
    let curves = CURVES.map(|other| ("transfer", space(other, &primaries)));
    let wider = PRIMARIES.map(|other| ("primaries", space(&curve, other)));
    let named = named.clone();
    curves.into_iter().chain(wider).filter(move |(_, space)| *space != named)
}

fn open(encoded: &Encoded) -> Result<Image<Native>> {
    let bytes = Cursor::new(encoded.bytes.clone());
    JpegDecoder.open(Box::new(bytes), &DecodeOptions::default())
}

fn measure<'a>(
    image: Image<Native>,
    space: &ColorSpace,
    light: &'a Reference,
) -> Result<Meter<'a>> {
    let size = Extent::new(image.spec().width, image.spec().height);
    let mut meter = Meter::new(light, size)?;
    let processor = BuiltIn.processor_for(&Detected::stated(space.clone()), light.gamut)?;
    image.transform_by(processor).consume(|band| {
        meter.push(band);
        Ok(())
    })?;
    Ok(meter)
}

/// The tags, once they are found to say one thing and the right one.
fn read(spec: &ImageSpec, encoded: &Encoded) -> Result<Tags> {
    if (spec.width, spec.height) != (encoded.width, encoded.height) {
        let what = format!(
            "it says {}x{}, and was made {}x{}",
            spec.width, spec.height, encoded.width, encoded.height
        );
        return Err(fault("size", what));
    }
    let Some(profile) = &spec.icc_profile else {
        return Err(fault("profile", "there is no ICC profile in it"));
    };
    let name = icc_description(profile);
    let found = detect(spec);
    if found.rule != Rule::IccProfile || found.space != encoded.space {
        let named = name.as_deref().unwrap_or("unnamed");
        let says = if found.rule == Rule::IccProfile { found.space.id() } else { "no known space" };
        let what = format!("`{named}` is of {says}, and the codes are {}", encoded.space);
        return Err(fault("profile", what));
    }
    let model = match spec.part().attributes.get("jpeg:ColorSpace") {
        Some(Attribute::Text(model)) => Some(model.clone()),
        _ => None,
    };
    Ok(Tags {
        width: spec.width,
        height: spec.height,
        pixel_aspect: [1, 1],
        colorspace: found.space,
        icc: name,
        model,
        cicp: None,
    })
}
