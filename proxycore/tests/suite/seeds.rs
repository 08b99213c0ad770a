//! Fixtures as seeds for the fuzz targets: with `PROXYCORE_SEEDS=FOLDER` they are written there, in
//! a folder for each target. DPX and Cineon have more of them, at `PROXYCORE_DPX_OUT`.

use std::path::PathBuf;

use exr::prelude::{Blocks, Compression, Vec2};

#[cfg(feature = "ocio")]
use crate::config;
use crate::deep_writer::{Deep, Packing};
use crate::fixture::{self, Kind, Part};
use crate::{stills, tiff};

/// A few parts of OpenEXR that differ in what the reader does with them.
fn exrs() -> Vec<Vec<u8>> {
    let compressions = [Compression::PIZ, Compression::B44, Compression::PXR24, Compression::RLE];
    let flat = compressions.map(|compression| {
        let part = Part { compression, ..Part::rgb(20, 33) };
        fixture::file((20, 33), &[part])
    });
    let tiles = Part { blocks: Blocks::Tiles(Vec2(8, 8)), ..Part::rgb(20, 20) };
    let ids = Part {
        name: "ids",
        channels: vec![("Z", Kind::Float), ("id", Kind::Uint)],
        ..Part::rgb(9, 9)
    };
    let deep = [(Packing::None, None), (Packing::Zips, None), (Packing::Rle, Some((8, 8)))].map(
        |(packing, tile)| {
            let file = Deep { packing, tile, ..Deep::new(20, 12) };
            file.write(|x, y| vec![vec![0.5, 0.1, 0.2, 0.3, 2.0]; ((x + y) % 3) as usize])
        },
    );
    let parts = fixture::file((20, 20), &[tiles, ids]);
    flat.into_iter().chain(deep).chain([parts]).collect()
}

/// The config with the table of each kind, a NUL between them, as the target takes them.
#[cfg(feature = "ocio")]
fn configs() -> Vec<Vec<u8>> {
    let files = config::files();
    let (text, tables) = (String::from_utf8_lossy(&files[0].1), &files[1..]);
    let seed = |(name, table): &config::File| {
        let text = text.replace(&format!("src: {name},"), "src: table,");
        let text = text.replace(&format!("name: {name}\n"), "name: table\n");
        [text.as_bytes(), b"\0", table].concat()
    };
    tables.iter().map(seed).collect()
}

#[test]
fn seeds_are_written_where_they_are_asked_for() {
    let Some(folder) = std::env::var_os("PROXYCORE_SEEDS").map(PathBuf::from) else {
        return;
    };
    let stills = stills::files().into_iter().map(|(name, file)| {
        let target = name.rsplit(' ').next().unwrap_or(name);
        (if ["png", "jpeg", "hdr"].contains(&target) { target } else { "decode" }, file)
    });
    let exrs = exrs().into_iter().map(|file| ("exr", file));
    let tiffs = tiff::kinds().into_iter().map(|file| ("tiff", file));
    for (number, (target, file)) in stills.chain(exrs).chain(tiffs).enumerate() {
        for target in [target, "decode"] {
            std::fs::create_dir_all(folder.join(target)).unwrap();
            std::fs::write(folder.join(target).join(number.to_string()), &file).unwrap();
        }
    }
    #[cfg(feature = "ocio")]
    for (number, file) in configs().into_iter().enumerate() {
        std::fs::create_dir_all(folder.join("ocio")).unwrap();
        std::fs::write(folder.join("ocio").join(number.to_string()), file).unwrap();
    }
}
