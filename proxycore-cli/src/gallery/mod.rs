//! `--gallery`: a page beside the outputs that plays the movies and scrubs the sprites.
//!
//! It is one file: no server, no script and no font from elsewhere. What it shows is in it as JSON,
//! so that it works from a disk, where a page may not fetch its neighbours. Names come from files:
//! they are JSON whose `<` is escaped, and reach the page as text and as percent-encoded addresses.
//!
//! What the page that is there shows, and what this run did not make, stays on it while its thumbnail
//! stands: a run on one source of many is no reason to lose the others, nor is one that failed.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use proxycore::key;
use proxycore::sequence::FrameSet;
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{Error, ErrorKind, Outcome, Result};
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::report::tells_guess;

/// The page, and where in it the JSON goes.
const PAGE: &str = include_str!("page.html");
const PLACE: &str = "/*ITEMS*/";
/// What stands on the page before the JSON, in its line, and behind it.
const AROUND: [&str; 2] = ["const items = ", ";"];
/// What a page of ours has in it: no other is replaced.
const MARK: &str = r#"<meta name="generator" content="proxycore">"#;
/// Bytes of a page that are looked at for the mark.
const HEAD: usize = 4096;
/// Bytes of a page that are read.
const MOST: u64 = 1 << 28;
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
    items: Items,
}

/// What a page says of each source, by the address of its thumbnail: that is one source's alone.
type Items = BTreeMap<String, Item>;

/// What a page says of one source.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Item {
    name: String,
    frames: Option<String>,
    missing: Option<String>,
    fps: Option<String>,
    space: String,
    /// Whether the space is a guess.
    guess: bool,
    warnings: Vec<String>,
    bytes: u64,
    /// Pixels of the largest picture of it that there is.
    width: Option<u32>,
    height: Option<u32>,
    thumb: Option<String>,
    movie: Option<String>,
    /// Its width divided by its height.
    aspect: Option<f64>,
    preview: Option<String>,
    sheet: Option<String>,
    sprite: Option<Sprite>,
}

#[derive(Debug, Serialize, Deserialize)]
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
        let new = || Folder { storage: Arc::clone(storage), items: Items::new() };
        let item = Item::new(folder, outcome);
        let items = &mut self.folders.entry(place).or_insert_with(new).items;
        items.insert(item.thumb.clone().unwrap_or_default(), item);
    }

    /// Writes a page into each folder, and gives their addresses. What is on them is forgotten then;
    /// what could not be written is kept for the next time.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] where another page is in the way, and what the storage meets: the first
    /// of it, once all folders were tried.
    pub fn write(&mut self) -> Result<Vec<String>> {
        let (mut pages, mut failed) = (Vec::new(), None);
        self.folders.retain(|(_, name), folder| match folder.write(name) {
            Ok(page) => {
                pages.push(page);
                false
            }
            Err(error) => {
                failed.get_or_insert(error);
                true
            }
        });
        failed.map_or(Ok(pages), Err)
    }
}

impl Folder {
    /// Writes the page, and gives its address.
    fn write(&mut self, name: &str) -> Result<String> {
        let key = format!("{name}index.html");
        let earlier = shown(&*self.storage, &key)?;
        self.keep(earlier, name)?;
        let attributes = ObjectAttributes::new("text/html; charset=utf-8");
        self.storage.put(&key, page(&self.items)?.as_bytes(), &attributes)?;
        Ok(self.storage.uri(&key))
    }

    /// Keeps what was shown before, where it was not made anew and its thumbnail stands.
    fn keep(&mut self, earlier: Vec<Item>, name: &str) -> Result<()> {
        for item in earlier {
            let Some(thumb) = item.thumb.clone() else { continue };
            let Some(key) = key::unescaped(&thumb) else { continue };
            if self.items.contains_key(&thumb) {
                continue;
            }
            match self.storage.head(&format!("{name}{key}")) {
                Ok(_) => _ = self.items.insert(thumb, item),
                // a page that was edited may name what is no key
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Item {
    fn new(folder: &str, outcome: &Outcome) -> Self {
        let made = |name: &str| outcome.renditions.iter().find(|made| made.name == name);
        let link = |name| made(name).map(|made| link(folder, &made.key));
        let key = &outcome.source_key;
        let largest = made("preview").or_else(|| made("proxy"));
        let guess = outcome.colorspace_certainty == "guessed";
        // the mark beside the space says it already
        let is_shown = |warning: &str| guess && tells_guess(warning, &outcome.colorspace);
        let warnings = outcome.warnings.iter().filter(|warning| !is_shown(warning)).cloned();
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
            guess,
            warnings: warnings.collect(),
            bytes: outcome.source_size_bytes,
            width: largest.map(|made| made.width),
            height: largest.map(|made| made.height),
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

/// What the page at `key` shows; nothing where none is there.
///
/// # Errors
/// [`ErrorKind::Invalid`] for a page of somebody else's, and what the storage meets.
fn shown(storage: &dyn Storage, key: &str) -> Result<Vec<Item>> {
    let mut page = Vec::new();
    match storage.open(key) {
        Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
        Ok(input) => input
            .take(MOST)
            .read_to_end(&mut page)
            .map_err(|cause| Error::storage("cannot be read").with_source(cause).at(key))?,
    };
    if !String::from_utf8_lossy(&page[..page.len().min(HEAD)]).contains(MARK) {
        return Err(Error::invalid("gallery", "another page is there; move it away").at(key));
    }
    let items = items(&String::from_utf8_lossy(&page));
    items.or_else(|error| {
        warn!(%error, key, "what a damaged page shows is left aside");
        Ok(Vec::new())
    })
}

/// The items of a page of ours.
fn items(page: &str) -> serde_json::Result<Vec<Item>> {
    let [before, behind] = AROUND;
    let line = page.lines().find_map(|line| line.strip_prefix(before)?.strip_suffix(behind));
    serde_json::from_str(line.unwrap_or_default())
}

fn page(items: &Items) -> Result<String> {
    let mut items: Vec<_> = items.values().collect();
    items.sort_by(|one, other| one.name.cmp(&other.name));
    let unwritten = |cause| Error::sink("JSON", "this gallery has none").with_source(cause);
    let json = serde_json::to_string(&items).map_err(unwritten)?;
    // within a script `</script>` and `<!--` are not text
    let json =
        json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Ok(PAGE.replacen(PLACE, &json, 1))
}

#[cfg(test)]
mod tests {
    use proxycore::MemoryStorage;

    use super::*;

    fn item(name: &str) -> Item {
        Item {
            name: name.to_owned(),
            frames: Some("1001-1010".into()),
            fps: Some("24".into()),
            space: "lin_rec709_scene".into(),
            bytes: 1,
            thumb: Some(key::escaped(&format!("{name}_thumb.jpg"))),
            ..Item::default()
        }
    }

    fn by_thumb(items: Vec<Item>) -> Items {
        items.into_iter().map(|item| (item.thumb.clone().unwrap(), item)).collect()
    }

    #[test]
    fn names_stay_text() {
        let hostile = "</script><script>alert(1)</script><!-- /*ITEMS*/\u{2028}\n;";
        let page = page(&by_thumb(vec![item(hostile)])).unwrap();
        assert!(!page.contains("alert(1)</script>") && !page.contains("<!-- /*"), "{page}");
        assert!(page.contains(MARK) && page.contains("\\u003c/script>"));
        assert_eq!(items(&page).unwrap()[0].name, hostile);
        assert_eq!(link("a/.proxies/", "a/.proxies/b c#d_proxy.mp4"), "b%20c%23d_proxy.mp4");
    }

    #[test]
    fn what_stands_stays_on_the_page() {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new("renders"));
        let nothing = ObjectAttributes::default();
        for name in ["é 1", "b"] {
            storage.put(&format!("web/{name}_thumb.jpg"), b"", &nothing).unwrap();
        }
        let write = |items: Vec<Item>| {
            let folder = Folder { storage: Arc::clone(&storage), items: by_thumb(items) };
            let place = ("memory".to_owned(), "web/".to_owned());
            let mut gallery = Gallery { folders: BTreeMap::from([(place, folder)]) };
            assert_eq!(gallery.write().unwrap().len(), 1);
            assert!(gallery.folders.is_empty());
            let items = shown(&*storage, "web/index.html").unwrap();
            items.into_iter().map(|item| (item.name, item.bytes)).collect::<Vec<_>>()
        };
        let named = |names: &[(&str, u64)]| {
            names.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect::<Vec<_>>()
        };
        let first = write(["é 1", "b", "gone"].map(item).into());
        assert_eq!(first, named(&[("b", 1), ("gone", 1), ("é 1", 1)]));
        let second = write(vec![Item { bytes: 2, ..item("b") }, item("c")]);
        assert_eq!(second, named(&[("b", 2), ("c", 1), ("é 1", 1)]));
    }

    #[test]
    fn what_is_not_written_is_kept_for_the_next_time() {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new("renders"));
        let nothing = ObjectAttributes::default();
        storage.put("a/index.html", b"<h1>mine</h1>", &nothing).unwrap();
        let folder = |name: &str| {
            let folder = Folder { storage: Arc::clone(&storage), items: by_thumb(vec![item("x")]) };
            (("memory".to_owned(), name.to_owned()), folder)
        };
        let mut gallery = Gallery { folders: ["a/", "b/"].map(folder).into() };
        assert_eq!(gallery.write().unwrap_err().kind().name(), "invalid");
        assert!(storage.head("b/index.html").is_ok());
        storage.delete("a/index.html").unwrap();
        assert_eq!(gallery.write().unwrap().len(), 1);
    }

    #[test]
    fn a_damaged_page_shows_nothing_and_that_of_others_is_left() {
        let store = MemoryStorage::new("renders");
        let nothing = ObjectAttributes::default();
        assert!(shown(&store, "index.html").unwrap().is_empty());
        for damaged in [MARK.to_owned(), format!("{MARK}\nconst items = [{{;")] {
            store.put("index.html", damaged.as_bytes(), &nothing).unwrap();
            assert!(shown(&store, "index.html").unwrap().is_empty());
        }
        store.put("index.html", b"<h1>mine</h1>", &nothing).unwrap();
        assert_eq!(shown(&store, "index.html").unwrap_err().kind().name(), "invalid");
    }
}
