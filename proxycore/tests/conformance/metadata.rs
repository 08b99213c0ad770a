//! What every sink of rows promises, and the join that others run.

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::thread;

use exr::prelude::{Image, SpecificChannels, WritableImage};
use proxycore::metadata::{MetadataSink, ProxyRecord, RenditionRecord};
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{MemoryStorage, Pipeline, Rendition, identity};

pub const THREADS: usize = 8;
pub const ROUNDS: usize = 8;

pub type Rows = Vec<(ProxyRecord, Vec<RenditionRecord>)>;

/// A sink under test, and a way to read what counts in it, by `proxy_id`.
pub struct Subject<'a> {
    pub sink: &'a dyn MetadataSink,
    pub rows: &'a dyn Fn() -> Rows,
    /// Whether the sink can tell a new row from a replacement.
    pub tells: bool,
}

/// What a [`MetadataSink`] has to do, whatever it is made of; it must be empty.
pub fn conforms(subject: &Subject<'_>) {
    keeps_a_row_and_its_renditions(subject);
    replaces_a_row_and_its_renditions(subject);
    keeps_what_does_not_apply(subject);
    takes_many_rows_at_once(subject);
    takes_one_row_from_many_at_once(subject);
}

fn keeps_a_row_and_its_renditions(subject: &Subject<'_>) {
    let (row, renditions) = (record("a", 1), renditions("a", &["thumb", "proxy"]));
    let written = subject.sink.write(&row, &renditions).unwrap();
    assert!(written.inserted);
    assert_eq!((subject.rows)(), [(row, renditions)]);
}

fn replaces_a_row_and_its_renditions(subject: &Subject<'_>) {
    let (row, renditions) = (record("a", 2), renditions("a", &["preview"]));
    for _ in 0..2 {
        let written = subject.sink.write(&row, &renditions).unwrap();
        assert_eq!(written.inserted, !subject.tells);
    }
    assert_eq!((subject.rows)(), [(row, renditions)]);
}

fn keeps_what_does_not_apply(subject: &Subject<'_>) {
    let row = ProxyRecord { proxy_id: "b".to_owned(), ..ProxyRecord::default() };
    subject.sink.write(&row, &[]).unwrap();
    assert_eq!((subject.rows)()[1], (row, Vec::new()));
}

fn takes_many_rows_at_once(subject: &Subject<'_>) {
    let sink = subject.sink;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let id = format!("many-{thread}-{round}");
                    let written = sink.write(&record(&id, 1), &renditions(&id, &["thumb"]));
                    assert!(written.unwrap().inserted);
                }
            });
        }
    });
    let rows = (subject.rows)();
    let many = rows.iter().filter(|(row, _)| row.proxy_id.starts_with("many-"));
    assert_eq!(many.filter(|(_, renditions)| renditions.len() == 1).count(), THREADS * ROUNDS);
}

fn takes_one_row_from_many_at_once(subject: &Subject<'_>) {
    let sink = subject.sink;
    let inserted = Mutex::new(0);
    thread::scope(|scope| {
        for size in 0..THREADS {
            let inserted = &inserted;
            scope.spawn(move || {
                let row = record("one", i64::try_from(size).unwrap());
                let written = sink.write(&row, &renditions("one", &["thumb", "proxy"])).unwrap();
                *inserted.lock().unwrap() += usize::from(written.inserted);
            });
        }
    });
    let rows = (subject.rows)();
    let one: Vec<_> = rows.iter().filter(|(row, _)| row.proxy_id == "one").collect();
    assert_eq!((one.len(), one[0].1.len()), (1, 2));
    let expected = if subject.tells { 1 } else { THREADS };
    assert_eq!(*inserted.lock().unwrap(), expected);
}

pub fn record(id: &str, size: i64) -> ProxyRecord {
    ProxyRecord {
        proxy_id: id.to_owned(),
        file_id: "9e042a18b3ad6b9e".to_owned(),
        s3_key: "plates/été 01/it's \"A001\".dpx".to_owned(),
        s3_bucket: "renders".to_owned(),
        asset_id: "3c6e1c31ae45e0f1".to_owned(),
        thumbnail_s3_key: format!(".proxies/{id}_thumb.jpg"),
        proxy_s3_key: format!(".proxies/{id}_proxy.mp4"),
        thumbnail_size_bytes: size,
        proxy_size_bytes: 1 << 40,
        source_size_bytes: i64::MAX,
        source_colorspace: "lin_ap1_scene".to_owned(),
        thumb_colorspace: "sRGB".to_owned(),
        proxy_colorspace: "Rec.709".to_owned(),
        thumb_resolution: "256x256".to_owned(),
        proxy_resolution: "1920x1012".to_owned(),
        processing_time_seconds: 0.25,
        generated_timestamp: "2026-04-01T00:00:00+00:00".to_owned(),
        generator_version: "0.1.0".to_owned(),
    }
}

/// Renditions of those names, which stay in this order where they are sorted from the last on.
pub fn renditions(id: &str, names: &[&str]) -> Vec<RenditionRecord> {
    let rendition = |name: &&str| RenditionRecord {
        proxy_id: id.to_owned(),
        file_id: "9e042a18b3ad6b9e".to_owned(),
        name: (*name).to_owned(),
        s3_key: format!(".proxies/{id}_{name}"),
        uri: format!("s3://renders/.proxies/{id}_{name}"),
        media_type: "thumbnail".to_owned(),
        content_type: "image/jpeg".to_owned(),
        width: 256,
        height: 256,
        size_bytes: 3,
        colorspace: "srgb_rec709_display".to_owned(),
        sha256: "e3b0c442".to_owned(),
        recipe: "abc123".to_owned(),
        de2000_mean: Some(0.25),
        color_tags: None,
        frame_range: Some("1001-1006,1008".to_owned()),
        fps: Some("24000/1001".to_owned()),
        missing: None,
        ..RenditionRecord::default()
    };
    names.iter().map(rendition).collect()
}

/// The query that others run, word for word.
pub const JOIN: &str = "SELECT e.file_path, e.multipart_count, p.thumbnail_s3_key, p.proxy_s3_key \
                        FROM exr_metadata_2.files e JOIN exr_metadata_2.proxy_outputs p \
                        ON e.file_id = p.file_id WHERE e.is_deep = true ORDER BY e.size_bytes DESC";

/// What it gives, after [`makes`] and the insertion that that returns.
pub const JOINED: [(&str, i32, &str, &str); 2] = [
    ("shot/c.exr", 2, "shot/.proxies/c_thumb.jpg", "shot/.proxies/c_proxy.mp4"),
    ("shot/a.exr", 1, "shot/.proxies/a_thumb.jpg", "shot/.proxies/a_proxy.mp4"),
];

/// Makes thumbnail and proxy of four frames, with their rows, and gives the statement by which the
/// inspector says of three: two are deep, one is flat. Its ids are its own computation's.
pub fn makes(sink: Arc<dyn MetadataSink>) -> String {
    let store = Arc::new(MemoryStorage::new("renders"));
    let pipeline = Pipeline::new(store.clone())
        .with_renditions([Rendition::thumbnail(), Rendition::proxy()])
        .with_metadata(sink);
    let mut inspected = Vec::new();
    for (key, size, parts, deep) in [
        ("shot/a.exr", 10, 1, true),
        ("shot/b.exr", 30, 1, false),
        ("shot/c.exr", 20, 2, true),
        ("shot/d.exr", 0, 0, true),
    ] {
        store.put(key, &frame(), &ObjectAttributes::default()).unwrap();
        pipeline.run(key).unwrap();
        let id = identity::file_id(key, &store.head(key).unwrap().last_modified);
        inspected.push(format!("('{id}', '{key}', {size}, {parts}, {deep})"));
    }
    // of the last one the inspector knows nothing
    inspected.pop();
    let columns = "file_id, file_path, size_bytes, multipart_count, is_deep";
    format!("INSERT INTO exr_metadata_2.files ({columns}) VALUES {}", inspected.join(", "))
}

fn frame() -> Vec<u8> {
    let channels = SpecificChannels::rgb(|_| (0.2_f32, 0.4_f32, 0.6_f32));
    let mut bytes = Cursor::new(Vec::new());
    Image::from_channels((64, 32), channels).write().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}
