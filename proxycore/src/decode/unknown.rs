//! What content is that this build does not read, by name: by its first bytes, else by what its own
//! name ends in.
//!
//! A row of a table for each; a format that is read is not here, but where a feature is off, its row
//! says which.

/// A mark at a place of the content, and what has it.
type Mark = (usize, &'static [u8], &'static str);

/// The marks of formats that are not read, the longer ones before those that they start with.
const MARKS: &[Mark] = &[
    // stills
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"8BPS\0\x01", "Photoshop (PSD)"),
    (0, b"8BPS\0\x02", "Photoshop (PSB)"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000 (a codestream)"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL (a codestream)"),
    (0, b"\xff\x10\xff\x50", "JPEG XS"),
    (0, b"II\xbc", "JPEG XR"),
    (0, b"\x01\xda", "SGI"),
    (0, b"qoif", "QOI"),
    (0, b"SIMPLE  =", "FITS"),
    (0, b"PF\n", "PFM"),
    (0, b"Pf\n", "PFM"),
    (0, b"PF ", "PFM"),
    (0, b"Pf ", "PFM"),
    (0, b"DDS ", "DDS"),
    (0, b"\xabKTX", "KTX"),
    (0, b"\x59\xa6\x6a\x95", "Sun raster"),
    (0, b"\x53\x80\xf6\x34", "Softimage PIC"),
    (0, b"farbfeld", "farbfeld"),
    (0, b"FOR4", "Maya IFF"),
    (0, b"FOR8", "Maya IFF"),
    (8, b"ILBM", "IFF ILBM"),
    (8, b"PBM ", "IFF PBM"),
    (0, b"gimp xcf", "GIMP (XCF)"),
    (0, b"id=ImageMagick", "MIFF"),
    (0, b"\x08\xf2\xa6\xb6", "VIPS"),
    (0, b"\xb6\xa6\xf2\x08", "VIPS"),
    (0, b"\x0a\x05\x01", "PCX"),
    (0, b"icns", "an icon (ICNS)"),
    (0, b"\x2f\x08\x67\xab", "RenderMan zfile"),
    (0, b"Ptex", "Ptex"),
    (26, b"\xff\xfe", "RLA"),
    (26, b"\xff\xfd", "RPF"),
    (0, b"BPG\xfb", "BPG"),
    (0, b"AT&TFORM", "DjVu"),
    (0, b"FLIF", "FLIF"),
    (0, b"\x89JNG\r\n\x1a\n", "JNG"),
    (0, b"\x8aMNG\r\n\x1a\n", "MNG"),
    // cameras
    (0, b"II\x1a\0\0\0HEAPCCDR", "camera raw (Canon CRW)"),
    (8, b"CR\x02", "camera raw (Canon CR2)"),
    (0, b"FUJIFILMCCD-RAW", "camera raw (Fujifilm RAF)"),
    (0, b"FOVb", "camera raw (Sigma X3F)"),
    (0, b"\0MRM", "camera raw (Minolta MRW)"),
    (0, b"IIRO", "camera raw (Olympus ORF)"),
    (0, b"IIRS", "camera raw (Olympus ORF)"),
    (0, b"MMOR", "camera raw (Olympus ORF)"),
    (0, b"IIU\0", "camera raw (Panasonic RW2)"),
    (8, b"IIII", "camera raw (Phase One IIQ)"),
    (8, b"MMMM", "camera raw (Phase One IIQ)"),
    (0, b"ARRI", "ARRIRAW"),
    (4, b"RED1", "R3D (REDCODE RAW)"),
    (4, b"RED2", "R3D (REDCODE RAW)"),
    (0, b"CI\x2c\0", "Phantom Cine"),
    // movies
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "MXF"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (8, b"AVI ", "AVI"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (ASF)"),
    (0, b"FLV\x01", "Flash video"),
    (0, b"\0\0\x01\xba", "MPEG program stream"),
    (0, b"\0\0\x01\xb3", "MPEG video"),
    (0, b"YUV4MPEG2", "YUV4MPEG"),
    (0, b"DKIF", "IVF"),
    (0, b"OggS", "Ogg"),
    (8, b"WAVE", "WAV sound"),
    (0, b"ID3", "MP3 sound"),
    (0, b"fLaC", "FLAC sound"),
    // scenes, volumes and documents
    (0, b"BLENDER", "a Blender scene"),
    (0, b"PXR-USDC", "USD"),
    (0, b"#usda", "USD"),
    (0, b"Ogawa", "Alembic"),
    (0, b" BDV", "OpenVDB"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5"),
    (0, b"glTF", "glTF"),
    (0, b"%PDF-", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript (EPS)"),
    (0, b"<svg", "SVG"),
    (0, b"<!DOCTYPE html", "a web page"),
    (0, b"<!doctype html", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"<?xml", "XML"),
    (0, b"version https://git-lfs.github.com", "a pointer of Git LFS, not the file itself"),
    // archives
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (0, b"Rar!", "RAR"),
    (0, b"\x7fELF", "a program"),
    // marks that others may have, too
    (0, b"\0\0\x01\0", "an icon (ICO)"),
];

/// The first box of ISO media, ISO/IEC 14496-12 section 4.3, by the brand in it.
const BRANDS: &[(&[u8], &str)] = &[
    (b"avif", "AVIF"),
    (b"avis", "AVIF"),
    (b"heic", "HEIC"),
    (b"heix", "HEIC"),
    (b"heim", "HEIC"),
    (b"heis", "HEIC"),
    (b"hevc", "HEIC"),
    (b"hevx", "HEIC"),
    (b"mif1", "HEIF"),
    (b"msf1", "HEIF"),
    (b"crx ", "camera raw (Canon CR3)"),
    (b"qt  ", "a movie (QuickTime MOV)"),
    (b"braw", "Blackmagic RAW"),
    (b"jp2 ", "JPEG 2000"),
    (b"jxl ", "JPEG XL"),
];

/// Boxes that QuickTime movies of old start with.
const ATOMS: &[&[u8]] = &[b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

/// Formats that a feature reads that is off.
const FEATURES: &[(&[u8], &str, &str, bool)] = &[
    (b"\xff\xd8\xff", "JPEG", "jpeg", cfg!(feature = "jpeg")),
    (b"\x89PNG\r\n\x1a\n", "PNG", "png", cfg!(feature = "png")),
    (b"II\x2a\0", "TIFF", "tiff", cfg!(feature = "tiff")),
    (b"MM\0\x2a", "TIFF", "tiff", cfg!(feature = "tiff")),
    (b"II\x2b\0", "TIFF", "tiff", cfg!(feature = "tiff")),
    (b"MM\0\x2b", "TIFF", "tiff", cfg!(feature = "tiff")),
    (b"BM", "BMP", "image", cfg!(feature = "image")),
    (b"RIFF", "WebP", "image", cfg!(feature = "image")),
    (b"P4", "PNM", "image", cfg!(feature = "image")),
    (b"P5", "PNM", "image", cfg!(feature = "image")),
    (b"P6", "PNM", "image", cfg!(feature = "image")),
    (b"P7", "PNM", "image", cfg!(feature = "image")),
];

/// What files are whose names end so, where their content does not tell.
const ENDINGS: &[(&[&str], &str)] = &[
    (&["braw"], "Blackmagic RAW"),
    (&["r3d"], "R3D (REDCODE RAW)"),
    (&["ari", "arx"], "ARRIRAW"),
    (&["mxf"], "MXF"),
    (&["mov", "qt"], "a movie (QuickTime MOV)"),
    (&["mp4", "m4v"], "a movie (MP4)"),
    (&["ts", "mts", "m2ts"], "MPEG transport stream"),
    (&["crm"], "Canon Cinema RAW"),
    (&["rla"], "RLA"),
    (&["rpf"], "RPF"),
    (&["sgi", "rgb", "rgba", "bw"], "SGI"),
    (&["pic"], "Softimage PIC"),
    (&["iff"], "IFF"),
    (&["tga", "tpic"], "TGA"),
    (&["yuv"], "raw YUV"),
    (&["raw"], "raw pixels"),
    (&["cube", "3dl", "csp", "spi1d", "spi3d", "clf"], "a lookup table"),
    (&["xmp"], "XMP"),
];

/// Endings of camera raw files that are TIFF inside, whose TIFF shows a preview at the best.
const CAMERA_RAW: &[(&[&str], &str)] = &[
    (&["dng"], "DNG"),
    (&["nef", "nrw"], "Nikon NEF"),
    (&["arw", "sr2", "srf"], "Sony ARW"),
    (&["cr2"], "Canon CR2"),
    (&["pef"], "Pentax PEF"),
    (&["srw"], "Samsung SRW"),
    (&["3fr", "fff"], "Hasselblad 3FR"),
    (&["iiq"], "Phase One IIQ"),
    (&["dcr", "kdc", "k25"], "Kodak DCR"),
    (&["erf"], "Epson ERF"),
    (&["mef"], "Mamiya MEF"),
    (&["mos"], "Leaf MOS"),
    (&["rwl"], "Leica RWL"),
];

/// Says what content is, by its first bytes; `None` where they tell nothing.
pub(super) fn by_content(head: &[u8]) -> Option<String> {
    let starts = |at: usize, mark: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(mark));
    let marked = MARKS.iter().find(|(at, mark, _)| starts(*at, mark));
    let named = marked.map(|(_, _, name)| (*name).to_owned()).or_else(|| of_box(head));
    named.or_else(|| {
        let off = FEATURES.iter().find(|(mark, _, _, is_on)| !is_on && starts(0, mark));
        off.map(|(_, name, feature, _)| {
            format!("{name}, which a build with the feature `{feature}` reads")
        })
    })
}

/// What ISO media is, by its first box.
fn of_box(head: &[u8]) -> Option<String> {
    let kind = head.get(4..8)?;
    if kind == b"ftyp" {
        let brands = head.get(8..)?.chunks_exact(4);
        let known = |brand: &[u8]| BRANDS.iter().find(|(known, _)| *known == brand);
        let found = brands.filter_map(known).map(|(_, name)| *name).next();
        return Some(found.unwrap_or("a movie (MP4)").to_owned());
    }
    ATOMS.contains(&kind).then(|| "a movie (QuickTime MOV)".to_owned())
}

/// Says what content is whose name ends so.
pub(super) fn by_ending(name: &str) -> Option<&'static str> {
    of_ending(ENDINGS, name).or_else(|| of_ending(CAMERA_RAW, name))
}

/// The kind of camera raw that a name promises, of those that are TIFF inside.
pub(super) fn camera_raw(name: &str) -> Option<&'static str> {
    of_ending(CAMERA_RAW, name)
}

fn of_ending(
    endings: &[(&'static [&'static str], &'static str)],
    name: &str,
) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let is_it = |known: &&str| known.eq_ignore_ascii_case(ending);
    let found = endings.iter().find(|(endings, _)| endings.iter().any(&is_it))?;
    Some(found.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_called_by_its_name() {
        let brand = |brand: &[u8]| [b"\0\0\0\x18ftyp", brand, b"\0\0\0\0mif1"].concat();
        for (content, name) in [
            (b"GIF89a".to_vec(), "GIF"),
            (brand(b"avif"), "AVIF"),
            (brand(b"heic"), "HEIC"),
            (brand(b"mif1"), "HEIF"),
            (brand(b"crx "), "camera raw (Canon CR3)"),
            (brand(b"qt  "), "a movie (QuickTime MOV)"),
            (b"\0\0\0\x18ftypisom\0\0\0\0mp42".to_vec(), "a movie (MP4)"),
            (b"\0\0\x10\0moov".to_vec(), "a movie (QuickTime MOV)"),
            (b"\0\0\x01\0RED2".to_vec(), "R3D (REDCODE RAW)"),
            (b"RIFF\0\0\0\0AVI ".to_vec(), "AVI"),
            ([vec![0; 26], vec![0xff, 0xfe]].concat(), "RLA"),
        ] {
            assert_eq!(by_content(&content).as_deref(), Some(name));
        }
        assert_eq!(by_content(&[1, 2, 3, 4]), None);
        assert_eq!(by_content(b""), None);
    }

    #[test]
    fn what_this_build_reads_is_not_unknown() {
        for (mark, name, feature, is_on) in FEATURES {
            let told = by_content(mark);
            let want = format!("{name}, which a build with the feature `{feature}` reads");
            assert_eq!(told, (!is_on).then_some(want));
        }
    }

    #[test]
    fn names_tell_what_content_does_not() {
        assert_eq!(by_ending("a/b.0001.BRAW"), Some("Blackmagic RAW"));
        assert_eq!(by_ending("b.nef"), Some("Nikon NEF"));
        assert_eq!(camera_raw("b.DNG"), Some("DNG"));
        assert_eq!((by_ending("b.exr"), camera_raw("b.tif"), by_ending("dng")), (None, None, None));
    }
}
