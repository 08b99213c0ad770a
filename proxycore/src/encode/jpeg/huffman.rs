//! Huffman tables made for one picture: ITU-T T.81 (ISO/IEC 10918-1) annexes K.2 and C.
//!
//! The procedure of the standard, as it stands there: pair the two rarest until one tree is left,
//! push codes longer than 16 bits up, and keep the code of ones only unused. It is not the optimum
//! under the limit, but the limit is met by symbols so rare that nobody sees the difference.

/// The codes of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// How many codes have 1, 2, .. 16 bits.
    counts: [u8; LONGEST],
    /// The symbols by code length, then by value.
    symbols: Vec<u8>,
    /// The code and its length in bits for each symbol; length 0 where it never occurs.
    codes: [(u16, u8); SYMBOLS],
}

const SYMBOLS: usize = 256;
/// The longest code that a file can describe, in bits.
const LONGEST: usize = 16;

impl Table {
    /// Makes the table for symbols that occur so often.
    pub(super) fn new(frequencies: &[u32; SYMBOLS]) -> Self {
        let sizes = sizes(frequencies);
        let counts = limited(&sizes);
        let mut symbols: Vec<u8> = (0..=255).filter(|at| sizes[usize::from(*at)] > 0).collect();
        symbols.sort_by_key(|at| sizes[usize::from(*at)]);
        let codes = codes(&counts, &symbols);
        Self { counts, symbols, codes }
    }

    /// The table as a DHT segment stores it, section B.2.4.2, after its class and place.
    pub(super) fn stored(&self) -> Vec<u8> {
        [&self.counts[..], &self.symbols].concat()
    }

    /// The code of `symbol` and its length in bits.
    #[inline(always)]
    pub(super) fn code(&self, symbol: u8) -> (u16, u8) {
        self.codes[usize::from(symbol)]
    }
}

/// The length of each symbol's code, unlimited: figure K.1. One more symbol, which never occurs,
/// takes the code of ones only.
fn sizes(frequencies: &[u32; SYMBOLS]) -> [usize; SYMBOLS + 1] {
    let mut weights = [1; SYMBOLS + 1];
    for (weight, frequency) in weights.iter_mut().zip(frequencies) {
        *weight = u64::from(*frequency);
    }
    let mut sizes = [0; SYMBOLS + 1];
    // which tree each symbol is in, by the symbol that stands for it
    let mut trees: [usize; SYMBOLS + 1] = std::array::from_fn(|at| at);
    while let (Some(first), Some(second)) = rarest(&weights) {
        weights[first] += std::mem::take(&mut weights[second]);
        for (size, tree) in sizes.iter_mut().zip(&mut trees) {
            if *tree == first || *tree == second {
                *tree = first;
                *size += 1;
            }
        }
    }
    sizes
}

/// The two least weights above 0; of equal ones the last.
fn rarest(weights: &[u64; SYMBOLS + 1]) -> (Option<usize>, Option<usize>) {
    let least = |except: Option<usize>| {
        (0..weights.len())
            .rev()
            .filter(|at| weights[*at] > 0 && Some(*at) != except)
            .min_by_key(|at| weights[*at])
    };
    let first = least(None);
    (first, first.and_then(|_| least(first)))
}

/// How many codes of each length there are once none is longer than 16: figure K.3. Two codes too
/// long become one a bit shorter, and a shorter code becomes two to make room for the other.
fn limited(sizes: &[usize; SYMBOLS + 1]) -> [u8; LONGEST] {
    let mut counts = [0; SYMBOLS + 2];
    for size in sizes.iter().filter(|size| **size > 0) {
        counts[*size] += 1;
    }
    for long in (LONGEST + 1..counts.len()).rev() {
        while counts[long] > 0 {
            let short = (1..long - 1).rev().find(|at| counts[*at] > 0);
            let short = short.expect("a full tree with long codes has shorter ones");
            counts[long] -= 2;
            counts[long - 1] += 1;
            counts[short + 1] += 2;
            counts[short] -= 1;
        }
    }
    if let Some(ones) = (1..=LONGEST).rev().find(|at| counts[*at] > 0) {
        counts[ones] -= 1;
    }
    std::array::from_fn(|at| counts[at + 1])
}

/// Codes in ascending order, figures C.1 to C.3.
fn codes(counts: &[u8; LONGEST], symbols: &[u8]) -> [(u16, u8); SYMBOLS] {
    let mut codes = [(0, 0); SYMBOLS];
    let mut symbols = symbols.iter();
    let mut code = 0u32;
    for (length, count) in (1..).zip(counts) {
        for symbol in symbols.by_ref().take(usize::from(*count)) {
            codes[usize::from(*symbol)] = (code as u16, length);
            code += 1;
        }
        code <<= 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(frequencies: impl IntoIterator<Item = u32>) -> (Table, [u32; SYMBOLS]) {
        let mut all = [0; SYMBOLS];
        all.iter_mut().zip(frequencies).for_each(|(at, frequency)| *at = frequency);
        (Table::new(&all), all)
    }

    fn fibonacci() -> impl Iterator<Item = u32> {
        std::iter::successors(Some((1u32, 1u32)), |(a, b)| Some((*b, a.checked_add(*b)?)))
            .map(|(a, _)| a)
    }

    fn check((table, frequencies): &(Table, [u32; SYMBOLS])) {
        let lengths: Vec<_> = (0..=255).map(|at| table.code(at).1).collect();
        for (length, frequency) in lengths.iter().zip(frequencies) {
            assert_eq!(*length > 0, *frequency > 0);
            assert!(*length <= 16);
        }
        // Kraft: the codes fit, and leave room for the code of ones
        let room: u32 = lengths.iter().filter(|l| **l > 0).map(|l| 1u32 << (16 - l)).sum();
        assert!(room < 1 << 16, "{room}");
        let codes: Vec<_> = (0..=255).map(|at| table.code(at)).filter(|code| code.1 > 0).collect();
        for (at, (code, length)) in codes.iter().enumerate() {
            assert!(u32::from(*code) + 1 < 1 << length, "ones only");
            for (other, longer) in codes[at + 1..].iter().chain(&codes[..at]) {
                assert!(longer < length || other >> (longer - length) != *code, "a prefix");
            }
        }
        let stored = table.stored();
        let count: usize = stored[..16].iter().map(|count| usize::from(*count)).sum();
        assert_eq!(stored.len(), 16 + count);
    }

    #[test]
    fn codes_of_any_histogram_are_codes() {
        check(&table(fibonacci()));
        check(&table(fibonacci().collect::<Vec<_>>().into_iter().rev()));
        check(&table((0..32).map(|at| 1 << at)));
        check(&table((0..256).map(|at| 1 << (at % 32))));
        check(&table((0..256).map(|at| u32::MAX >> (at % 32))));
        check(&table([1; 256]));
        check(&table([u32::MAX; 256]));
        check(&table([7]));
        check(&table([]));
        let mut state = 1u32;
        for _ in 0..50 {
            check(&table((0..256).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) >> (state % 32)
            })));
        }
    }

    #[test]
    fn frequent_symbols_have_short_codes() {
        let (table, _) = table([1, 100, 10, 0, 1000]);
        let lengths: Vec<_> = (0..5).map(|at| table.code(at).1).collect();
        assert_eq!(lengths, [4, 2, 3, 0, 1]);
        assert_eq!(table.code(4), (0, 1));
        assert_eq!(table.code(1), (0b10, 2));
    }

    #[test]
    fn these_histograms_need_the_limit() {
        for (frequencies, longest) in
            [(table(fibonacci()).1, 20), (table((0..32).map(|at| 1 << at)).1, 31)]
        {
            assert!(sizes(&frequencies).into_iter().max().unwrap() >= longest);
        }
    }
}
