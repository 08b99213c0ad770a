//! What an ICC profile calls itself: its tag `desc` (ICC.1:2022, sections 7.3 and 9.2.41).

/// Where the table of tags starts: behind the header.
const TAGS: usize = 128;

/// The profile's description, in its first language.
pub fn description(profile: &[u8]) -> Option<String> {
    let count = number(profile, TAGS)?;
    let entry = (0..count.min(256)).map(|index| TAGS + 4 + 12 * index);
    let at = entry.into_iter().find(|&at| profile.get(at..at + 4) == Some(b"desc"))?;
    let (start, size) = (number(profile, at + 4)?, number(profile, at + 8)?);
    let tag = profile.get(start..start.checked_add(size)?)?;
    let text = match tag.get(..4)? {
        b"desc" => String::from_utf8_lossy(tag.get(12..12usize.checked_add(number(tag, 8)?)?)?)
            .into_owned(),
        b"mluc" => {
            let (size, start) = (number(tag, 20)?, number(tag, 24)?);
            let units = tag.get(start..start.checked_add(size)?)?.chunks_exact(2);
            let units: Vec<_> = units.map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => return None,
    };
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.to_owned())
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tag: &[u8]) -> Vec<u8> {
        let mut profile = vec![0; TAGS];
        profile.extend([0, 0, 0, 1]);
        profile.extend(b"desc");
        profile.extend([0, 0, 0, 144]);
        profile.extend(u32::try_from(tag.len()).unwrap().to_be_bytes());
        profile.extend(tag);
        profile
    }

    #[test]
    fn both_kinds_of_description_are_read() {
        let ascii = profile(b"desc\0\0\0\0\0\0\0\x05sRGB\0");
        assert_eq!(description(&ascii).unwrap(), "sRGB");
        let wide = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x04\0\0\0\x1c\0P\x003";
        assert_eq!(description(&profile(wide)).unwrap(), "P3");
    }

    #[test]
    fn a_profile_that_is_cut_has_none() {
        let whole = profile(b"desc\0\0\0\0\0\0\0\x05sRGB\0");
        for length in 0..whole.len() {
            assert_eq!(description(&whole[..length]), None, "{length}");
        }
    }
}
