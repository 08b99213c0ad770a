//! Code points of ITU-T H.273: what numbers of primaries and of transfers mean.

use crate::color::curve::Curve;
use crate::color::encoding::Encoding;
use crate::space::ColorSpace;

/// Spaces whose name says more than their curve and primaries do.
const NAMED: &[([u8; 2], ColorSpace)] =
    &[([9, 16], ColorSpace::PQ_REC2020_DISPLAY), ([9, 18], ColorSpace::HLG_REC2020_DISPLAY)];

/// Primaries by their number, section 8.1, by the word of a Color Interop ID.
const PRIMARIES: &[(u8, &str)] = &[
    (1, "rec709"),
    (4, "bt470m"),
    (5, "ebu"),
    (6, "smptec"),
    (7, "smptec"),
    (8, "film"),
    (9, "rec2020"),
    (10, "ciexyzd65"),
    (11, "p3dci"),
    (12, "p3d65"),
    (22, "p22"),
];

/// Transfers by their number, section 8.2. What a camera of ITU-R BT.709 has made is shown as
/// ITU-R BT.1886 says.
const TRANSFERS: &[(u8, Curve)] = &[
    (1, Curve::Gamma(2.4)),
    (4, Curve::Gamma(2.2)),
    (5, Curve::Gamma(2.8)),
    (6, Curve::Gamma(2.4)),
    (7, Curve::St240),
    (8, Curve::Linear),
    (9, Curve::Log(2.0)),
    (10, Curve::Log(2.5)),
    (11, Curve::Gamma(2.4)),
    (12, Curve::Gamma(2.4)),
    (13, Curve::Srgb),
    (14, Curve::Gamma(2.4)),
    (15, Curve::Gamma(2.4)),
    (16, Curve::Pq),
    (17, Curve::Dcdm),
];

/// The space of two numbers; `None` for one that is reserved or not specified, and for HLG on
/// other primaries than its own.
pub(in crate::color) fn space(numbers: [u8; 2]) -> Option<ColorSpace> {
    if let Some((_, named)) = NAMED.iter().find(|(points, _)| *points == numbers) {
        return Some(named.clone());
    }
    let [first, second] = numbers;
    let (_, word) = PRIMARIES.iter().find(|(number, _)| *number == first)?;
    let (_, curve) = TRANSFERS.iter().find(|(number, _)| *number == second)?;
    let state = if *curve == Curve::Linear { "scene" } else { "display" };
    Some(Encoding::on(*curve, word)?.space(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_spaces() {
        for (numbers, want) in [
            ([1, 13], "srgb_rec709_display"),
            ([1, 1], "g24_rec709_display"),
            ([9, 8], "lin_rec2020_scene"),
            ([9, 16], "pq_rec2020_display"),
            ([9, 18], "hlg_rec2020_display"),
            ([12, 16], "pq_p3d65_display"),
            ([11, 17], "dcdm_p3dci_display"),
            ([5, 5], "g28_ebu_display"),
            ([6, 6], "g24_smptec_display"),
            ([4, 4], "g22_bt470m_display"),
            ([10, 8], "lin_ciexyzd65_scene"),
        ] {
            let found = space(numbers).unwrap();
            assert_eq!(found.id(), want);
            assert!(want.starts_with("hlg") || Encoding::of(&found).is_some(), "{want}");
        }
        for none in [[2, 2], [1, 2], [2, 13], [1, 18], [0, 0], [255, 255], [3, 1], [12, 18]] {
            assert_eq!(space(none), None, "{none:?}");
        }
    }
}
