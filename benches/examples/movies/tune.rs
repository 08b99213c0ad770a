//! `rusty_h264` by its own options.

use proxycore::encode::{Codes, Plane};
use rusty_h264_common::{YuvFrame, YuvPlanes};
use rusty_h264_encoder::{Encoder, EncoderConfig, Preset};

use super::Result;

/// One closed group; the options are those of the crate, by our names.
pub fn encode(options: &str, frames: &[Codes]) -> Result<Vec<u8>> {
    let first = frames.first().ok_or("no frames")?;
    let mut config = EncoderConfig::new(first.width as usize, first.height as usize);
    config.preset = Preset::Fast;
    (config.gop_size, config.min_keyint, config.scenecut) = (u32::MAX, u32::MAX, 0);
    (config.mbtree, config.lookahead) = (false, 0);
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').ok_or("an option is NAME=VALUE")?;
        set(&mut config, name, value)?;
    }
    let frames: Vec<YuvFrame> = frames.iter().filter_map(frame).collect();
    // B-frames need all pictures at once
    if config.bframes > 0 {
        return Ok(Encoder::new(config)?.encode_all(&frames)?.concat());
    }
    let mut encoder = Encoder::new(config)?;
    let units = frames.iter().map(|frame| encoder.try_encode(frame));
    let mut stream = units.collect::<std::result::Result<Vec<_>, _>>()?.concat();
    stream.extend(encoder.try_flush()?);
    Ok(stream)
}

fn frame(codes: &Codes) -> Option<YuvFrame> {
    let [Plane::U8(luma), Plane::U8(blue), Plane::U8(red)] = &codes.planes[..] else { return None };
    let [width, height] = [codes.width, codes.height].map(|side| side as usize);
    Some(YuvPlanes::tight(width, height, luma, blue, red)?.to_frame())
}

fn set(config: &mut EncoderConfig, name: &str, value: &str) -> Result<()> {
    match name {
        "preset" => {
            config.preset = match value {
                "fast" => Preset::Fast,
                "balanced" => Preset::Balanced,
                "quality" => Preset::Quality,
                _ => return Err("a preset is fast, balanced or quality".into()),
            }
        }
        "qp" => config.qp = value.parse()?,
        "refs" => config.num_ref_frames = value.parse()?,
        "aq" => config.aq_strength = value.parse()?,
        "transform-8x8" => config.transform_8x8 = value.parse()?,
        "sub-pel" => config.tune_subpel = value.parse()?,
        "satd" => config.tune_satd_q = value.parse()?,
        "intra-qp" => config.i_qp_offset = value.parse()?,
        "b-frames" => config.bframes = value.parse()?,
        "b-pyramid" => config.b_pyramid = value.parse()?,
        "b-shapes" => config.tune_b_split = value.parse()?,
        "b-qp" => config.bframe_qp_offset = value.parse()?,
        "b-adaptive" => config.bframes_adaptive = value.parse()?,
        "sub-pel-walk" => config.tune_me_subpel_iter = value.parse()?,
        "lambda" => config.cabac_lambda_scale = value.parse()?,
        "intra" => config.tune_intra_penalty = value.parse()?,
        "mb-tree" => {
            config.lookahead = value.parse()?;
            config.mbtree = config.lookahead > 0;
        }
        "weights" => config.weightp = value.parse()?,
        "trellis-p" => config.cabac_rdoq_p = value.parse()?,
        "splits" => config.sub_8x8 = Some(value.parse()?),
        "shapes" => config.tune_shape_rd = value.parse()?,
        "skips" => config.tune_rd_skip = value.parse()?,
        _ => return Err(format!("no option {name}").into()),
    }
    Ok(())
}
