//! `--gallery`: a page beside the outputs that plays the movies and scrubs the sprites.
//!
//! It is one file: no server, no script and no font from elsewhere. What it shows is in it as JSON,
//! so that it works from a disk, where a page may not fetch its neighbours. Names come from files:
//! they are JSON whose `<` is escaped, and reach the page as text and as percent-encoded addresses.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use proxycore::key;
use proxycore::sequence::FrameSet;
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{Error, ErrorKind, Outcome, Result};
use serde::Serialize;

/// The page, and where in it the JSON goes.
const PAGE: &str = include_str!("page.html");
const PLACE: &str = "/*ITEMS*/";
/// What a page of ours has in it: no other is replaced.
const MARK: &str = r#"<meta name="generator" content="proxycore">"#;
/// Bytes of a page that are looked at for the mark.
const HEAD: u64 = 4096;
/// Tiles of a sprite in a row, and in all.
const ACROSS: u64 = 10;
const TILES: u64 = 100;

/// What was made, by the folders that it lies in.
#[derive(Debug, Default)]
pub struct Gallery {
    folders: BTreeMap<(String, String), Folder>,
}

/// What one page shows.
#[derive(Debug)]
struct Folder {
    storage: Arc<dyn Storage>,
    items: Vec<Item>,
}

/// What a page says of one source.
#[derive(Debug, Serialize)]
struct Item {
    name: String,
    frames: Option<String>,
    missing: Option<String>,
    fps: Option<String>,
    space: String,
    bytes: u64,
    thumb: Option<String>,
    movie: Option<String>,
    /// Its width divided by its height.
    aspect: Option<f64>,
    preview: Option<String>,
    sheet: Option<String>,
    sprite: Option<Sprite>,
}

#[derive(Debug, Serialize)]
struct Sprite {
    url: String,
    width: u32,
    height: u32,
    columns: u64,
    tiles: u64,
}

impl Gallery {
    /// Adds what a source became, whose outputs are in `storage`.
    pub fn add(&mut self, storage: &Arc<dyn Storage>, outcome: &Outcome) {
        let Some(first) = outcome.renditions.first() else { return };
        let folder = &first.key[..first.key.rfind('/').map_or(0, |at| at + 1)];
        let place = (storage.uri("x"), folder.to_owned());
        let new = || Folder { storage: Arc::clone(storage), items: Vec::new() };
        self.folders.entry(place).or_insert_with(new).items.push(Item::new(folder, outcome));
    }

    /// Writes a page into each folder, and gives their addresses.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] where another page is in the way, and what the storage meets.
    pub fn write(self) -> Result<Vec<String>> {
        let each = self.folders.into_iter().map(|((_, folder), Folder { storage, mut items })| {
            items.sort_by(|one, other| one.name.cmp(&other.name));
            let key = format!("{folder}index.html");
            check_ours(&*storage, &key)?;
            let page = page(&items)?;
            storage.put(
                &key,
                page.as_bytes(),
                &ObjectAttributes::new("text/html; charset=utf-8"),
            )?;
            Ok(storage.uri(&key))
        });
        each.collect()
    }
}

impl Item {
    fn new(folder: &str, outcome: &Outcome) -> Self {
        let made = |name: &str| outcome.renditions.iter().find(|made| made.name == name);
        let link = |name| made(name).map(|made| link(folder, &made.key));
        let key = &outcome.source_key;
        let tiles = outcome.frame_range.as_ref().map_or(1, |range| {
            range.parse::<FrameSet>().map_or(TILES, |frames| frames.len().clamp(1, TILES))
        });
        let sprite = made("sprite").map(|made| Sprite {
            url: self::link(folder, &made.key),
            width: made.width,
            height: made.height,
            columns: tiles.min(ACROSS),
            tiles,
        });
        Self {
            name: key.rsplit('/').next().unwrap_or(key).to_owned(),
            frames: outcome.frame_range.clone(),
            missing: outcome.missing.clone(),
            fps: outcome.fps.clone(),
            space: outcome.colorspace.clone(),
            bytes: outcome.source_size_bytes,
            thumb: link("thumb"),
            movie: link("proxy"),
            aspect: made("proxy").map(|made| f64::from(made.width) / f64::from(made.height.max(1))),
            preview: link("preview"),
            sheet: link("sheet"),
            sprite,
        }
    }
}

/// The address of an object, from a page in `folder`.
fn link(folder: &str, target: &str) -> String {
    let below = target.strip_prefix(folder).unwrap_or(target);
    key::escaped(below)
}

/// Checks that no page of somebody else's is at `key`.
fn check_ours(storage: &dyn Storage, key: &str) -> Result<()> {
    let mut head = Vec::new();
    match storage.open(key) {
        Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(page) => page
            .take(HEAD)
            .read_to_end(&mut head)
            .map_err(|cause| Error::storage("cannot be read").with_source(cause).at(key))?,
    };
    match String::from_utf8_lossy(&head).contains(MARK) {
        true => Ok(()),
        false => Err(Error::invalid("gallery", "another page is there; move it away").at(key)),
    }
}

fn page(items: &[Item]) -> Result<String> {
    let unwritten = |cause| Error::sink("JSON", "this gallery has none").with_source(cause);
    let json = serde_json::to_string(items).map_err(unwritten)?;
    // within a script `</script>` and `<!--` are not text
    let json =
        json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Ok(PAGE.replacen(PLACE, &json, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str) -> Item {
        Item {
            name: name.to_owned(),
            frames: Some("1001-1010".into()),
            missing: None,
            fps: Some("24".into()),
            space: "lin_rec709_scene".into(),
            bytes: 1,
            thumb: None,
            movie: None,
            aspect: None,
            preview: None,
            sheet: None,
            sprite: None,
        }
    }

    #[test]
    fn names_stay_text() {
        let hostile = "</script><script>alert(1)</script><!-- /*ITEMS*/";
        let page = page(&[item(hostile)]).unwrap();
        assert!(!page.contains("alert(1)</script>") && !page.contains("<!-- /*"), "{page}");
        assert!(page.contains(MARK) && page.contains("\\u003c/script>"));
        assert_eq!(link("a/.proxies/", "a/.proxies/b c#d_proxy.mp4"), "b%20c%23d_proxy.mp4");
    }
}
