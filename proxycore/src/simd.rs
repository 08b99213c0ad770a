//! Loops that are compiled twice: as every machine of its kind can run them, and for those that have
//! AVX2. Which one runs is asked of the machine.
//!
//! The loop is written once, plainly, and the compiler makes vectors of it. No product is fused with
//! a sum, which would round once where the plain version rounds twice: so both give the same bits, and
//! the same picture has the same bytes on every machine. ARM's NEON is part of what all of its 64-bit
//! machines have, and needs no second version.
//!
//! `PROXYCORE_SIMD=none` in the environment keeps to the plain versions, to compare them.
//!
//! This is the one place that is unsafe for the sake of speed.

/// Whether the machine has AVX2, and its use was not forbidden.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    static FOUND: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        std::env::var_os("PROXYCORE_SIMD").is_none_or(|value| value != "none")
            && is_x86_feature_detected!("avx2")
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
            #[target_feature(enable = "avx2")]
            fn wide $(<$($generic)*>)? ($($arg: $kind),*) $(-> $made)? {
                plain($($arg),*)
            }

            #[cfg(target_arch = "x86_64")]
            if $crate::simd::has_avx2() {
                // SAFETY: the machine has AVX2, which is all that the function asks for.
                #[allow(unsafe_code)]
                return unsafe { wide($($arg),*) };
            }
            plain($($arg),*)
        }
    )*};
}

pub(crate) use vectorized;
