//! DPX as the standard writes it, code by code and slowly: what the reader is held against.

/// A file of one image element, unless there are more `others`.
#[derive(Debug, Clone)]
pub struct Dpx {
    pub width: usize,
    pub height: usize,
    pub big_endian: bool,
    pub descriptor: u8,
    pub bits: u32,
    /// 0 packed, 1 filled by method A, 2 by method B.
    pub packing: u16,
    pub runs: bool,
    pub padding: Padding,
    pub orientation: u16,
    /// Fields to set: where, and their bytes, most significant first.
    pub fields: Vec<(usize, Vec<u8>)>,
    /// Descriptors of further elements of the same kind.
    pub others: Vec<u8>,
}

/// How a row is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// To whole 32-bit words, as the standard has it.
    Words,
    /// Not at all.
    None,
    /// To whole words, and then by so many bytes, which the header tells.
    Line(u32),
    /// Not at all: a row's codes go on in the word where the row before ended.
    RunOn,
}

const HEADER: usize = 2048;
const ELEMENTS: usize = 780;
const ELEMENT: usize = 72;

/// Codes of a pixel, and how many of them are alike in each pair of 4:2:2.
pub fn components(descriptor: u8) -> usize {
    match descriptor {
        50 | 102 | 101 | 151 => 3,
        51 | 52 | 103 => 4,
        100 => 2,
        150..=156 => usize::from(descriptor) - 148,
        _ => 1,
    }
}

impl Dpx {
    /// Makes a file of plain rows of words.
    pub fn new(descriptor: u8, bits: u32, packing: u16) -> Self {
        Self {
            width: 37,
            height: 5,
            big_endian: true,
            descriptor,
            bits,
            packing,
            runs: false,
            padding: Padding::Words,
            orientation: 0,
            fields: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Which code a stored pixel has: like noise, with some pixels in a row alike.
    pub fn code(&self, element: usize, column: usize, row: usize, component: usize) -> u64 {
        let seed =
            (column / 3 * 0x9e37 + row * 0x85eb + component * 0xc2b3 + element * 0x27d5) as u64;
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^= mixed >> 32;
        match self.bits {
            // floats of no more digits than a half has, so that every reader agrees on them
            32 => u64::from((((mixed & 0x7ff) as f32 - 512.0) / 256.0).to_bits()),
            64 => (((mixed & 0x7ff) as f64 - 512.0) / 256.0).to_bits(),
            bits => mixed & ((1 << bits) - 1),
        }
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = self.header();
        for element in 0..=self.others.len() {
            let at = ELEMENTS + element * ELEMENT;
            let offset = file.len() as u32;
            self.put(&mut file, at + 28, &offset.to_be_bytes());
            let step = components(self.descriptors()[element]);
            if self.padding == Padding::RunOn {
                let codes: Vec<_> =
                    (0..self.height).flat_map(|row| self.row(element, row, step)).collect();
                file.extend(self.pack(&codes, step == 1));
                continue;
            }
            for row in 0..self.height {
                let codes = self.row(element, row, step);
                let start = file.len();
                file.extend(self.pack(&codes, step == 1));
                if self.padding == Padding::None && !self.runs {
                    continue;
                }
                while !(file.len() - start).is_multiple_of(4) {
                    file.push(0);
                }
                if let (Padding::Line(more), false) = (self.padding, self.runs) {
                    file.extend(vec![0xa5; more as usize]);
                }
            }
        }
        let size = file.len() as u32;
        self.put(&mut file, 16, &size.to_be_bytes());
        file
    }

    fn descriptors(&self) -> Vec<u8> {
        [vec![self.descriptor], self.others.clone()].concat()
    }

    /// Codes of a row, with the flags of its runs.
    fn row(&self, element: usize, row: usize, step: usize) -> Vec<u64> {
        let pixel = |column| (0..step).map(move |at| self.code(element, column, row, at));
        if !self.runs {
            return (0..self.width).flat_map(pixel).collect();
        }
        let alike = |from: usize| {
            let same = |&to: &usize| pixel(to).eq(pixel(from));
            (from..self.width).take_while(same).count().min(self.longest_run())
        };
        let mut codes = Vec::new();
        let mut column = 0;
        while column < self.width {
            let run = alike(column);
            if run > 1 {
                codes.push((run as u64) << 1 | 1);
                codes.extend(pixel(column));
                column += run;
            } else {
                codes.push(1 << 1);
                codes.extend(pixel(column));
                column += 1;
            }
        }
        codes
    }

    fn longest_run(&self) -> usize {
        (1 << (self.bits - 1).min(15)) - 1
    }

    fn pack(&self, codes: &[u64], single: bool) -> Vec<u8> {
        match (self.bits, self.packing) {
            (8, _) => codes.iter().map(|&code| code as u8).collect(),
            (10, 1 | 2) => self.fill(codes, single),
            (12, 1) => self.cells(codes, 2, 4),
            (12, 2) | (16, _) => self.cells(codes, 2, 0),
            (32 | 64, _) => self.cells(codes, self.bits as usize / 8, 0),
            _ => self.stream(codes),
        }
    }

    fn cells(&self, codes: &[u64], bytes: usize, shift: u32) -> Vec<u8> {
        codes
            .iter()
            .flat_map(|code| self.order((code << shift).to_be_bytes()[8 - bytes..].to_vec()))
            .collect()
    }

    /// Three codes of 10 bits in a word; a single component starts at the low bits.
    fn fill(&self, codes: &[u64], single: bool) -> Vec<u8> {
        let word = |three: &[u64]| {
            let mut word = 0_u32;
            for (place, &code) in three.iter().enumerate() {
                let place = if single { place } else { 2 - place };
                word |= (code as u32) << (10 * place);
            }
            let word = if self.packing == 1 { word << 2 } else { word };
            self.order(word.to_be_bytes().to_vec())
        };
        codes.chunks(3).flat_map(word).collect()
    }

    /// Bit after bit, from the low end of words.
    fn stream(&self, codes: &[u64]) -> Vec<u8> {
        let bits = |&code: &u64| (0..self.bits).map(move |bit| code >> bit & 1 == 1);
        let bits: Vec<bool> = codes.iter().flat_map(bits).collect();
        let word = |bits: &[bool]| {
            let word =
                bits.iter().enumerate().fold(0_u32, |word, (at, &bit)| word | u32::from(bit) << at);
            self.order(word.to_be_bytes().to_vec())
        };
        bits.chunks(32).flat_map(word).collect()
    }

    fn order(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if !self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn put(&self, file: &mut [u8], at: usize, bytes: &[u8]) {
        file[at..at + bytes.len()].copy_from_slice(&self.order(bytes.to_vec()));
    }

    fn header(&self) -> Vec<u8> {
        let mut file = vec![0xff; HEADER];
        self.put(&mut file, 0, b"SDPX");
        self.put(&mut file, 4, &(HEADER as u32).to_be_bytes());
        file[8..16].copy_from_slice(b"V2.0\0\0\0\0");
        // text that is not there is empty
        for (at, len) in [(36, 624), (1432, 188), (1664, 48), (1732, 132)] {
            file[at..at + len].fill(0);
        }
        self.put(&mut file, 768, &self.orientation.to_be_bytes());
        self.put(&mut file, 770, &(1 + self.others.len() as u16).to_be_bytes());
        self.put(&mut file, 772, &(self.width as u32).to_be_bytes());
        self.put(&mut file, 776, &(self.height as u32).to_be_bytes());
        for (element, descriptor) in self.descriptors().into_iter().enumerate() {
            self.element(&mut file, ELEMENTS + element * ELEMENT, descriptor);
        }
        for (at, bytes) in &self.fields {
            self.put(&mut file, *at, bytes);
        }
        file
    }

    fn element(&self, file: &mut [u8], at: usize, descriptor: u8) {
        self.put(file, at, &0_u32.to_be_bytes());
        // transfer and colorimetry of ITU-R BT.709
        file[at + 20..at + 24].copy_from_slice(&[descriptor, 6, 6, self.bits as u8]);
        self.put(file, at + 24, &self.packing.to_be_bytes());
        self.put(file, at + 26, &u16::from(self.runs).to_be_bytes());
        let padding = if let Padding::Line(more) = self.padding { more } else { 0 };
        self.put(file, at + 32, &padding.to_be_bytes());
        self.put(file, at + 36, &0_u32.to_be_bytes());
        file[at + 40..at + 72].fill(0);
    }
}
