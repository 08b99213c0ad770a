//! Loops that are compiled twice: as every machine of its kind can run them, and for those that have
//! AVX2, and the shifts and counts of bits that came with it. Which one runs is asked of the machine.
//!
//! The loop is written once, plainly, and the compiler makes vectors of it. No product is fused with
//! a sum, which would round once where the plain version rounds twice: so both give the same bits, and
//! the same picture has the same bytes on every machine. ARM's NEON is part of what all of its 64-bit
//! machines have, and needs no second version.
//!
//! `PROXYCORE_SIMD=none` in the environment keeps to the plain versions, to compare them.
//!
//! This is the one place that is unsafe for the sake of speed.

/// Whether the machine has AVX2, and what else all have that have it, and their use was not forbidden.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    static FOUND: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        std::env::var_os("PROXYCORE_SIMD").is_none_or(|value| value != "none")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("f16c")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
    });
    *FOUND
}

/// Defines functions whose loops are compiled for the machine's vectors. Type parameters stand in
/// brackets: `fn name[T: Bound](...)`.
macro_rules! vectorized {
    ($(
        $(#[$note:meta])*
        $vis:vis fn $name:ident $([$($generic:tt)*])? ($($arg:ident: $kind:ty),* $(,)?) $(-> $made:ty)?
        $body:block
    )*) => {$(
        $(#[$note])*
        $vis fn $name $(<$($generic)*>)? ($($arg: $kind),*) $(-> $made)? {
            #[inline(always)]
            fn plain $(<$($generic)*>)? ($($arg: $kind),*) $(-> $made)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
            fn wide $(<$($generic)*>)? ($($arg: $kind),*) $(-> $made)? {
                plain($($arg),*)
            }

            #[cfg(target_arch = "x86_64")]
            if $crate::simd::has_avx2() {
                // SAFETY: the machine has all that the function asks for.
                #[allow(unsafe_code)]
                return unsafe { wide($($arg),*) };
            }
            plain($($arg),*)
        }
    )*};
}

pub(crate) use vectorized;

/// Widens halves to floats where the machine has an instruction for it, and says whether it has.
#[cfg(target_arch = "x86_64")]
pub(crate) fn widen_halves(out: &mut [f32], halves: &[half::f16]) -> bool {
    use std::arch::x86_64::_mm256_cvtph_ps;

    use half::slice::HalfFloatSliceExt;

    #[target_feature(enable = "avx2,f16c")]
    fn wide(out: &mut [f32], halves: &[u16]) {
        let ((out, rest), (halves, last)) = (out.as_chunks_mut::<8>(), halves.as_chunks::<8>());
        for (out, halves) in out.iter_mut().zip(halves) {
            *out = bytemuck::cast(_mm256_cvtph_ps(bytemuck::cast(*halves)));
        }
        let mut halves = [0; 8];
        halves[..last.len()].copy_from_slice(last);
        let widened: [f32; 8] = bytemuck::cast(_mm256_cvtph_ps(bytemuck::cast(halves)));
        rest.copy_from_slice(&widened[..rest.len()]);
    }

    assert_eq!(out.len(), halves.len(), "a float for each half");
    if has_avx2() {
        // SAFETY: the machine has both that the function asks for.
        #[allow(unsafe_code)]
        unsafe {
            wide(out, halves.reinterpret_cast());
        }
    }
    has_avx2()
}

/// The same: ARM's compilers know its instruction.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn widen_halves(_: &mut [f32], _: &[half::f16]) -> bool {
    false
}

/// Adds to each byte those before it. Written out, as the compiler makes no vectors of such loops.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn running_sums(bytes: [u8; 16]) -> [u8; 16] {
    use std::arch::x86_64::{_mm_add_epi8, _mm_slli_si128};

    let one = bytemuck::cast(bytes);
    // SAFETY: SSE2 is part of what all machines of this kind have.
    #[allow(unsafe_code)]
    let sums = unsafe {
        let two = _mm_add_epi8(one, _mm_slli_si128::<1>(one));
        let four = _mm_add_epi8(two, _mm_slli_si128::<2>(two));
        let eight = _mm_add_epi8(four, _mm_slli_si128::<4>(four));
        _mm_add_epi8(eight, _mm_slli_si128::<8>(eight))
    };
    bytemuck::cast(sums)
}

/// The same.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn running_sums(mut bytes: [u8; 16]) -> [u8; 16] {
    let mut sum = 0_u8;
    for byte in &mut bytes {
        sum = sum.wrapping_add(*byte);
        *byte = sum;
    }
    bytes
}

/// Turns rows into columns. Written out, as the compiler finds a longer way.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn transposed(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    use std::arch::x86_64::_MM_TRANSPOSE4_PS;

    let [mut a, mut b, mut c, mut d] = rows.map(bytemuck::cast);
    // SAFETY: SSE is part of what all machines of this kind have.
    #[allow(unsafe_code)]
    unsafe {
        _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
    }
    [a, b, c, d].map(bytemuck::cast)
}

/// The same.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn transposed(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    std::array::from_fn(|x| rows.map(|row| row[x]))
}

/// Turns what eight lines have from sample `from` on, eight each: the first of all, the second of all,
/// and so on.
#[inline(always)]
pub(crate) fn across<const N: usize>(lines: &[[f32; N]; 8], from: usize) -> [[f32; 8]; 8] {
    const PART: usize = 4;
    let mut turned = [[0.0; 8]; 8];
    for (first, lines) in lines.as_chunks::<PART>().0.iter().enumerate() {
        for at in (0..8).step_by(PART) {
            let part = |line: &[f32; N]| *line[from + at..].first_chunk().expect("eight samples");
            let parts = transposed(lines.each_ref().map(part));
            for (turned, part) in turned[at..].iter_mut().zip(parts) {
                turned[first * PART..][..PART].copy_from_slice(&part);
            }
        }
    }
    turned
}

/// Which of 64 numbers are not zero, a bit for each. Written out, as the compiler looks at one after
/// the other.
#[cfg(all(feature = "jpeg", target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn nonzero(numbers: &[i16; 64]) -> u64 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_packs_epi16, _mm_setzero_si128,
    };

    let mut zeros = 0;
    for (at, sixteen) in numbers.as_chunks::<16>().0.iter().enumerate() {
        let [low, high]: [__m128i; 2] = bytemuck::cast(*sixteen);
        // SAFETY: SSE2 is part of what all machines of this kind have.
        #[allow(unsafe_code)]
        let found = unsafe {
            _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_packs_epi16(low, high), _mm_setzero_si128()))
        };
        zeros |= u64::from(found.cast_unsigned()) << (16 * at);
    }
    !zeros
}

/// The same.
#[cfg(all(feature = "jpeg", not(target_arch = "x86_64")))]
#[inline(always)]
pub(crate) fn nonzero(numbers: &[i16; 64]) -> u64 {
    numbers.iter().rev().fold(0, |found, number| found << 1 | u64::from(*number != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_columns() {
        let lines: [[f32; 12]; 8] =
            std::array::from_fn(|y| std::array::from_fn(|x| (100 * y + x) as f32));
        for (x, column) in across(&lines, 3).into_iter().enumerate() {
            assert_eq!(column, std::array::from_fn(|y| (100 * y + 3 + x) as f32));
        }
    }

    #[cfg(feature = "jpeg")]
    #[test]
    fn what_is_not_zero_is_found() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..1000 {
            let bits = random.u64(..) & random.u64(..);
            let numbers =
                std::array::from_fn(|at| if bits >> at & 1 == 1 { random.i16(1..) } else { 0 });
            assert_eq!(nonzero(&numbers), bits);
            assert_eq!(nonzero(&numbers.map(|number| -number)), bits);
            assert_eq!(nonzero(&numbers.map(|number| number.signum() << 8)), bits);
        }
    }

    #[test]
    fn rows_become_columns() {
        let rows = std::array::from_fn(|y| std::array::from_fn(|x| (10 * y + x) as f32));
        for (x, column) in transposed(rows).into_iter().enumerate() {
            assert_eq!(column, std::array::from_fn(|y| (10 * y + x) as f32));
        }
    }

    #[test]
    fn sums_run() {
        let bytes = std::array::from_fn(|at| (at * 37) as u8);
        let mut sum = 0_u8;
        for (byte, got) in bytes.into_iter().zip(running_sums(bytes)) {
            sum = sum.wrapping_add(byte);
            assert_eq!(got, sum);
        }
    }
}
