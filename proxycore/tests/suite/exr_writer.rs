//! OpenEXR byte by byte: headers that no writer's checks would let pass. Scan lines of half samples,
//! not compressed.

use half::f16;

use crate::fixture::sample;

/// A part to be written.
#[derive(Clone)]
pub struct RawPart {
    pub name: Option<&'static str>,
    pub width: usize,
    pub height: usize,
    /// The channels in the order of the header's list; pixels are stored in that of their names.
    pub channels: Vec<String>,
    pub compression: u8,
    /// Other attributes: name, type and value.
    pub attributes: Vec<(&'static str, &'static str, Vec<u8>)>,
    /// Attributes that are left out.
    pub without: Vec<&'static str>,
}

impl RawPart {
    pub fn new(channels: &[&str]) -> Self {
        Self {
            name: None,
            width: 24,
            height: 10,
            channels: channels.iter().map(ToString::to_string).collect(),
            compression: 0,
            attributes: Vec::new(),
            without: Vec::new(),
        }
    }

    pub fn named(name: &'static str, channels: &[&str]) -> Self {
        let kind = ("type", "string", b"scanlineimage".to_vec());
        Self { name: Some(name), attributes: vec![kind], ..Self::new(channels) }
    }

    pub fn with(mut self, name: &'static str, kind: &'static str, value: &[u8]) -> Self {
        self.attributes.push((name, kind, value.to_vec()));
        self
    }

    pub fn without(mut self, name: &'static str) -> Self {
        self.without.push(name);
        self
    }

    fn header(&self) -> Vec<u8> {
        let mut list = Vec::new();
        for name in &self.channels {
            list.extend(name.as_bytes());
            list.push(0);
            list.extend([1_u32, 0, 1, 1].map(u32::to_le_bytes).concat());
        }
        list.push(0);
        let [right, bottom] = [self.width, self.height].map(|size| size as i32 - 1);
        let window = [0, 0, right, bottom].map(i32::to_le_bytes).concat();
        let mut all = vec![
            ("channels", "chlist", list),
            ("compression", "compression", vec![self.compression]),
            ("dataWindow", "box2i", window.clone()),
            ("displayWindow", "box2i", window),
            ("lineOrder", "lineOrder", vec![0]),
            ("pixelAspectRatio", "float", 1.0_f32.to_le_bytes().to_vec()),
            ("screenWindowCenter", "v2f", vec![0; 8]),
            ("screenWindowWidth", "float", 1.0_f32.to_le_bytes().to_vec()),
        ];
        all.retain(|(name, ..)| !self.without.contains(name));
        if let Some(name) = self.name {
            all.push(("name", "string", name.as_bytes().to_vec()));
            all.push(("chunkCount", "int", (self.height as u32).to_le_bytes().to_vec()));
        }
        all.retain(|(name, ..)| !self.attributes.iter().any(|(other, ..)| other == name));
        all.extend(self.attributes.iter().cloned());
        let mut out = Vec::new();
        for (name, kind, value) in all {
            out.extend([name.as_bytes(), &[0], kind.as_bytes(), &[0]].concat());
            out.extend((value.len() as u32).to_le_bytes());
            out.extend(value);
        }
        out.push(0);
        out
    }

    /// The chunk of a line, without the part's number.
    fn line(&self, y: usize) -> Vec<u8> {
        let mut names = self.channels.clone();
        names.sort();
        let mut out = (y as u32).to_le_bytes().to_vec();
        out.extend((2 * self.width as u32 * names.len() as u32).to_le_bytes());
        for name in &names {
            let halves = (0..self.width).map(|x| f16::from_f32(sample(name, x, y)));
            out.extend(halves.flat_map(f16::to_le_bytes));
        }
        out
    }
}

/// Writes a file of one part, with flags beside the version.
pub fn single(part: &RawPart, flags: u32) -> Vec<u8> {
    written(std::slice::from_ref(part), flags, false)
}

/// Writes a file of several parts.
pub fn several(parts: &[RawPart]) -> Vec<u8> {
    written(parts, 1 << 12, true)
}

fn written(parts: &[RawPart], flags: u32, is_several: bool) -> Vec<u8> {
    let mut file = vec![0x76, 0x2f, 0x31, 0x01];
    file.extend((2 | flags).to_le_bytes());
    file.extend(parts.iter().flat_map(RawPart::header));
    file.extend(is_several.then_some(0));
    let chunks: usize = parts.iter().map(|part| part.height).sum();
    let mut table = file.len();
    file.extend(vec![0; 8 * chunks]);
    for (number, part) in parts.iter().enumerate() {
        for y in 0..part.height {
            let at = file.len() as u64;
            file[table..table + 8].copy_from_slice(&at.to_le_bytes());
            table += 8;
            file.extend(is_several.then(|| (number as u32).to_le_bytes()).into_iter().flatten());
            file.extend(part.line(y));
        }
    }
    file
}
