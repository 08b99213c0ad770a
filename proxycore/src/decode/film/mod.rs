//! What DPX and Cineon have in common: fields that may be undefined, codes packed into words,
//! rows at a fixed stride, and the directions that a scanner may go in.
//!
//! A format says where its codes lie ([`Source`]) and what they are ([`Picture`]); the rest, from
//! bytes to bands, is done here. Nothing here knows a header's layout.

mod fields;
mod head;
mod orientation;
mod packing;
mod padding;
mod picture;
mod rate;
mod rows;
mod runs;
mod ycbcr;

pub(super) use fields::{Field, Fields};
pub(super) use head::{HEADER, read_head};
pub(super) use orientation::upright_of;
pub(super) use packing::{Cells, Packing};
pub(super) use padding::{Line, Room};
pub(super) use picture::{Pick, Picture, Show, Source, Value};
pub(super) use rate::rational;
pub(super) use rows::Rows;
pub(super) use ycbcr::{Matrix, Sampling, YCbCr};
