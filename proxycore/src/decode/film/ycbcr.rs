//! Luma and colour differences to R, G, B.
//!
//! The levels are those of ITU-R BT.601 and BT.709: black and white of luma are two codes, colour
//! differences are centred at half of the codes and reach 224/219 as far as luma does. Where black
//! is code 0, all three use the whole range. Of 4:2:2, the even pixels have colour differences of
//! their own; those between are the mean of both neighbours, and the last one repeats.

/// The weights of red and blue in luma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::decode) struct Matrix {
    red: f32,
    blue: f32,
}

impl Matrix {
    /// ITU-R BT.601-7, clause 2.5.1.
    pub(in crate::decode) const BT601: Self = Self { red: 0.299, blue: 0.114 };
    /// ITU-R BT.709-6, item 3.2.
    pub(in crate::decode) const BT709: Self = Self { red: 0.2126, blue: 0.0722 };

    fn rgb(self, luma: f32, cb: f32, cr: f32) -> [f32; 3] {
        let red = luma + 2.0 * (1.0 - self.red) * cr;
        let blue = luma + 2.0 * (1.0 - self.blue) * cb;
        let green = (luma - self.red * red - self.blue * blue) / (1.0 - self.red - self.blue);
        [red, green, blue]
    }
}

/// Which pixels have colour differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Sampling {
    /// 4:4:4: Cb, Y, Cr for each.
    Every,
    /// 4:2:2: Cb, Y for the even ones, Cr, Y for the odd ones.
    Second,
}

/// How colour is made of a row's codes, which come as parts of the largest code.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct YCbCr {
    pub(in crate::decode) matrix: Matrix,
    pub(in crate::decode) sampling: Sampling,
    /// Codes of a pixel, alpha among them.
    pub(in crate::decode) step: usize,
    /// Black of luma, as a part of the largest code.
    pub(in crate::decode) black: f32,
    /// White of luma.
    pub(in crate::decode) white: f32,
    /// Where colour differences are 0.
    pub(in crate::decode) centre: f32,
}

impl YCbCr {
    /// Makes planes of R, G, B of a row.
    pub(super) fn convert(&self, row: &[f32], out: &mut [f32]) {
        let width = out.len() / 3;
        let luma = self.white - self.black;
        let difference = if self.black > 0.0 { luma * 224.0 / 219.0 } else { luma };
        for x in 0..width {
            let y = (row[x * self.step + 1] - self.black) / luma;
            let [cb, cr] = self.differences(row, x, width);
            let [cb, cr] = [cb, cr].map(|code| (code - self.centre) / difference);
            for (plane, light) in self.matrix.rgb(y, cb, cr).into_iter().enumerate() {
                out[plane * width + x] = light;
            }
        }
    }

    /// Cb and Cr at a pixel.
    fn differences(&self, row: &[f32], x: usize, width: usize) -> [f32; 2] {
        let at = |x: usize| row[x * self.step];
        if self.sampling == Sampling::Every {
            return [at(x), row[x * self.step + 2]];
        }
        // the pair whose Cr would be behind the row's end has that of the pair before it
        let pair = |even: usize| match even + 1 < width {
            true => [at(even), at(even + 1)],
            false if even > 0 => [at(even), at(even - 1)],
            false => [at(even), self.centre],
        };
        let here = pair(x & !1);
        if x.is_multiple_of(2) || x + 1 >= width {
            return here;
        }
        let next = pair(x + 1);
        [(here[0] + next[0]) / 2.0, (here[1] + next[1]) / 2.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(sampling: Sampling, row: &[u8], width: usize) -> Vec<f32> {
        let part = |code: f32| code / 255.0;
        let chroma = YCbCr {
            matrix: Matrix::BT709,
            sampling,
            step: if sampling == Sampling::Every { 3 } else { 2 },
            black: part(16.0),
            white: part(235.0),
            centre: part(128.0),
        };
        let row: Vec<f32> = row.iter().map(|&code| part(code.into())).collect();
        let mut out = vec![0.0; 3 * width];
        chroma.convert(&row, &mut out);
        out
    }

    #[test]
    fn white_grey_and_red_are_as_the_recommendation_says() {
        // ITU-R BT.709: 100% red is Y 63, Cb 102, Cr 240
        let row = [128, 235, 128, 128, 16, 128, 102, 63, 240];
        let out = made(Sampling::Every, &row, 3);
        let want = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        for (got, want) in out.iter().zip(want) {
            assert!((got - want).abs() < 0.004, "{out:?}");
        }
    }

    #[test]
    fn differences_between_pixels_are_the_mean() {
        let every = [100, 50, 140, 110, 60, 130, 120, 70, 120, 120, 80, 120];
        let second = [100, 50, 140, 60, 120, 70, 120, 80];
        let [full, half] = [made(Sampling::Every, &every, 4), made(Sampling::Second, &second, 4)];
        for (full, half) in full.iter().zip(half) {
            assert!((full - half).abs() < 1e-6);
        }
        assert_eq!(made(Sampling::Second, &second[..6], 3).len(), 9);
        assert_eq!(made(Sampling::Second, &[128, 235], 1).len(), 3);
    }
}
