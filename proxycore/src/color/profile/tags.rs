//! The tags of an ICC profile and what a few of them hold (ICC.1:2022).

/// A profile's bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tags<'a>(pub(super) &'a [u8]);

impl<'a> Tags<'a> {
    /// Four letters of the header, section 7.2.
    pub(super) fn signature(self, at: usize) -> Option<[u8; 4]> {
        array(self.0, at)
    }

    /// The bytes of a tag, section 7.3.
    pub(super) fn find(self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let entries = self.entries().find(|(known, ..)| known == name);
        let (_, at, length) = entries?;
        self.0.get(at..at.checked_add(length)?)
    }

    /// Name, place and length of each tag.
    pub(super) fn entries(self) -> impl Iterator<Item = ([u8; 4], usize, usize)> {
        let count = number(self.0, 128).unwrap_or(0) as usize;
        let entries = self.0.get(132..).unwrap_or_default().as_chunks::<12>().0.iter().take(count);
        entries.map(|entry| {
            let [name, at, length] = [0, 4, 8].map(|at| array(entry, at).unwrap_or_default());
            (name, u32::from_be_bytes(at) as usize, u32::from_be_bytes(length) as usize)
        })
    }

    /// The X, Y, Z of a tag, section 10.31.
    pub(super) fn xyz(self, name: &[u8; 4]) -> Option<[f64; 3]> {
        let values = self.find(name)?;
        Some([fixed(values, 8)?, fixed(values, 12)?, fixed(values, 16)?])
    }

    /// The primaries and the transfer of the `cicp` tag, section 9.2.17, for R'G'B' of full range.
    pub(super) fn code_points(self) -> Option<[u8; 2]> {
        match self.find(b"cicp")?.get(8..12)? {
            [primaries, transfer, 0, 1] => Some([*primaries, *transfer]),
            _ => None,
        }
    }

    /// What the profile calls itself, in its first language (section 9.2.41).
    pub(super) fn description(self) -> Option<String> {
        let tag = self.find(b"desc")?;
        let text = match tag.get(..4)? {
            b"desc" => {
                let length = number(tag, 8)? as usize;
                String::from_utf8_lossy(tag.get(12..12usize.checked_add(length)?)?).into_owned()
            }
            b"mluc" => {
                let (length, at) = (number(tag, 20)? as usize, number(tag, 24)? as usize);
                let text = tag.get(at..at.checked_add(length)?)?;
                let units = text.as_chunks().0.iter().map(|&unit| u16::from_be_bytes(unit));
                String::from_utf16_lossy(&units.collect::<Vec<_>>())
            }
            _ => return None,
        };
        let text = text.trim_end_matches('\0');
        (!text.is_empty()).then(|| text.to_owned())
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// An s15Fixed16Number, section 4.6.
pub(super) fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(number(bytes, at)? as i32) / 65536.0)
}

/// A curve, sections 10.6 and 10.18.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ToneCurve {
    kind: Kind,
    /// The light that becomes black.
    black: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Gamma(f64),
    /// Evenly spaced light, 0..=1.
    Sampled(Vec<u16>),
    /// Parts of a function: `(a x + b)^g + e` from `d` on, `c x + f` below.
    Parts {
        g: f64,
        a: f64,
        b: f64,
        c: f64,
        d: f64,
        e: f64,
        f: f64,
    },
}

/// Entries of a sampled curve.
const MOST_ENTRIES: usize = 1 << 16;

impl ToneCurve {
    pub(super) fn read(tag: &[u8]) -> Option<Self> {
        let kind = match tag.get(..4)? {
            b"curv" => Kind::sampled(tag),
            b"para" => Kind::parametric(tag),
            _ => None,
        };
        Some(Self { kind: kind?, black: 0.0 })
    }

    /// The same, with some light taken for black.
    pub(super) fn with_black(self, black: f64) -> Self {
        Self { black, ..self }
    }

    /// Its gamma, if it is one and nothing else.
    pub(super) fn gamma(&self) -> Option<f64> {
        match self.kind {
            Kind::Gamma(gamma) if self.black == 0.0 => Some(gamma),
            _ => None,
        }
    }

    /// The light of a code, 0..=1.
    pub(super) fn light(&self, code: f64) -> f64 {
        let light = (self.kind.light(code) - self.black) / (1.0 - self.black);
        if light.is_finite() { light.clamp(0.0, 1.0) } else { 0.0 }
    }
}

impl Kind {
    fn sampled(tag: &[u8]) -> Option<Self> {
        let count = number(tag, 8)? as usize;
        let bytes = tag.get(12..12 + count.min(MOST_ENTRIES + 1).checked_mul(2)?)?;
        let entries = bytes.as_chunks().0.iter().map(|&entry| u16::from_be_bytes(entry));
        let entries: Vec<u16> = entries.collect();
        match entries[..] {
            [] => Some(Self::Gamma(1.0)),
            [gamma] => Some(Self::Gamma(f64::from(gamma) / 256.0)),
            [0, u16::MAX] => Some(Self::Gamma(1.0)),
            _ => (entries.len() <= MOST_ENTRIES).then_some(Self::Sampled(entries)),
        }
    }

    fn parametric(tag: &[u8]) -> Option<Self> {
        let kind = u16::from_be_bytes(array(tag, 8)?);
        let p = |at: usize| fixed(tag, 12 + 4 * at);
        let g = p(0)?;
        Some(match kind {
            0 => Self::Gamma(g),
            1 | 2 => {
                let (a, b) = (p(1)?, p(2)?);
                let c = if kind == 2 { p(3)? } else { 0.0 };
                Self::Parts { g, a, b, c: 0.0, d: -b / a, e: c, f: c }
            }
            3 | 4 => {
                let (a, b, c, d) = (p(1)?, p(2)?, p(3)?, p(4)?);
                let (e, f) = if kind == 4 { (p(5)?, p(6)?) } else { (0.0, 0.0) };
                Self::Parts { g, a, b, c, d, e, f }
            }
            _ => return None,
        })
    }

    fn light(&self, code: f64) -> f64 {
        match self {
            Self::Gamma(gamma) => code.powf(*gamma),
            Self::Sampled(entries) => {
                let place = code * (entries.len() - 1) as f64;
                let at = |step: f64| f64::from(entries[(step as usize).min(entries.len() - 1)]);
                let (below, above) = (at(place.floor()), at(place.ceil()));
                (below + (above - below) * place.fract()) / 65535.0
            }
            Self::Parts { g, a, b, c, d, e, f } => {
                if code >= *d {
                    (a * code + b).max(0.0).powf(*g) + e
                } else {
                    c * code + f
                }
            }
        }
    }
}
