//! `PackBits`, compression 32773 (TIFF 6.0, section 9).

use crate::error::Result;

pub(super) fn unpack(packed: &[u8], bytes: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut left = packed;
    while let [head, rest @ ..] = left
        && out.len() < bytes
    {
        let room = bytes - out.len();
        left = match *head as i8 {
            -128 => rest,
            run @ ..0 => {
                let Some((byte, rest)) = rest.split_first() else { break };
                let count = (1 - isize::from(run)) as usize;
                out.resize(out.len() + count.min(room), *byte);
                rest
            }
            literal => {
                let (bytes, rest) = rest.split_at(rest.len().min(literal as usize + 1));
                out.extend(&bytes[..bytes.len().min(room)]);
                rest
            }
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_unpack() {
        // the example of TIFF 6.0, section 9
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7,
            0xaa,
        ];
        let mut out = Vec::new();
        unpack(&packed, 24, &mut out).unwrap();
        let start = [0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a];
        assert_eq!(out[..13], start);
        assert_eq!(out[13..], [[0x22].as_slice(), &[0xaa; 10]].concat());
        out.clear();
        unpack(&packed, 9, &mut out).unwrap();
        assert_eq!(out, start[..9]);
    }
}
