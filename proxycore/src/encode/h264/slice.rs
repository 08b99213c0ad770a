//! The slice header, ITU-T H.264 section 7.3.3: where a picture is shown, and the `idr_pic_id` of one where
//! decoding can start.
//!
//! Pictures of that kind that follow each other have to differ in it (section 7.4.3). Each closed group
//! has an encoder of its own, which starts with 0; so it is made of what the picture holds. Groups may be
//! encoded in any order, and a decoder that goes from key to key sees another number each time.

use super::bits::{Reader, Writer};
use super::nal;
use super::sps::Sps;

/// Bits of the number: more of them some readers do not take.
const BITS: u32 = 12;

/// The slice, its `idr_pic_id` made of its content; `None` where it is built in another way than
/// encoders build it here: a whole picture of CABAC, with the deblocking filter under control.
pub(super) fn renumbered(slice: &[u8], sps: &Sps) -> Option<Vec<u8>> {
    let bytes = nal::unescaped(slice);
    let (mut from, mut to) = (Reader::new(&bytes), Writer::default());
    copy_bits(&mut from, &mut to, 8)?;
    // first_mb_in_slice, slice_type, pic_parameter_set_id
    (0..3).try_for_each(|_| copy_number(&mut from, &mut to))?;
    copy_bits(&mut from, &mut to, sps.frame_num)?;
    from.number()?;
    to.number(number_of(&bytes));
    copy_bits(&mut from, &mut to, sps.order.unwrap_or(0))?;
    // no_output_of_prior_pics_flag, long_term_reference_flag
    copy_bits(&mut from, &mut to, 2)?;
    // slice_qp_delta
    copy_number(&mut from, &mut to)?;
    let unfiltered = from.clone().number()? == 1;
    // disable_deblocking_filter_idc, and the filter's two offsets
    (0..if unfiltered { 1 } else { 3 }).try_for_each(|_| copy_number(&mut from, &mut to))?;
    Some(nal::escaped(&to.followed_by(from.aligned()?)))
}

/// `pic_order_cnt_lsb`: twice the place of the picture in the order of time.
#[cfg(any(test, feature = "rusty-h264"))]
pub(super) fn order(slice: &[u8], sps: &Sps) -> Option<u32> {
    let bytes = nal::unescaped(&slice[..slice.len().min(HEAD)]);
    let mut bits = Reader::new(&bytes);
    let is_idr = bits.bits(8)? & 0x1f == u32::from(nal::IDR);
    (0..3).try_for_each(|_| bits.number().map(drop))?;
    bits.bits(sps.frame_num)?;
    if is_idr {
        bits.number()?;
    }
    bits.bits(sps.order?)
}

/// Bytes of a slice that hold its order.
#[cfg(any(test, feature = "rusty-h264"))]
const HEAD: usize = 32;

fn copy_bits(from: &mut Reader<'_>, to: &mut Writer, count: u32) -> Option<()> {
    to.bits(count, from.bits(count)?);
    Some(())
}

fn copy_number(from: &mut Reader<'_>, to: &mut Writer) -> Option<()> {
    to.number(from.number()?);
    Some(())
}

/// FNV-1a over the bytes, folded.
fn number_of(bytes: &[u8]) -> u32 {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let hash = bytes.iter().fold(0x811c_9dc5, mix);
    (hash ^ hash >> BITS ^ hash >> (2 * BITS)) & ((1 << BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::super::sps::tests::sps;
    use super::*;

    /// The header of a picture where decoding can start, up to its `pic_order_cnt_lsb`.
    fn header(id: u32, order: u32) -> Writer {
        let mut bits = Writer::default();
        bits.bits(8, 0x65);
        bits.numbers([0, 7, 0]);
        bits.bits(4, 0);
        bits.number(id);
        bits.bits(8, order);
        bits
    }

    fn slice(id: u32, rest: &[u8]) -> Vec<u8> {
        let mut bits = header(id, 0);
        bits.bits(2, 0);
        bits.numbers([5, 0, 0, 0]);
        nal::escaped(&bits.followed_by(rest))
    }

    #[test]
    fn the_number_changes_and_nothing_else() {
        let sps = sps();
        for rest in [&[1, 2, 3][..], &[0, 0, 0, 0, 1, 7], &[255; 40]] {
            let made = renumbered(&slice(0, rest), &sps).unwrap();
            let number = number_of(&nal::unescaped(&slice(0, rest)));
            assert_eq!(made, slice(number, rest));
        }
        let [one, other] = [1, 2].map(|last| renumbered(&slice(0, &[1, 2, last]), &sps).unwrap());
        assert_ne!(one[..5], other[..5]);
    }

    #[test]
    fn the_order_is_found_whatever_the_number() {
        for id in [0, 1, 4095] {
            assert_eq!(order(&nal::escaped(&header(id, 18).ended()), &sps()), Some(18));
        }
        assert_eq!(order(&[0x41, 0x9a], &sps()), None);
    }

    #[test]
    fn what_is_cut_off_or_has_no_ones_before_its_data_is_refused() {
        let (sps, whole) = (sps(), slice(0, &[]));
        assert!((0..whole.len()).all(|length| renumbered(&whole[..length], &sps).is_none()));
        let mut other = slice(0, &[9]);
        let last = other.len() - 2;
        other[last] &= 0xfe;
        assert_eq!(renumbered(&other, &sps), None);
    }
}
