//! The flow as a whole: what stands where after a run, and what a second run does.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proxycore::budget::Budget;
use proxycore::encode::{CodeFormat, Codes, Encoded, Encoder, Mp4, StillColor};
use proxycore::event::MemoryEvents;
use proxycore::image::ImageSpec;
use proxycore::key::KeyTemplate;
use proxycore::metadata::{MemoryMetadata, MetadataSink, ProxyRecord, RenditionRecord, Written};
use proxycore::rendition::Role;
use proxycore::space::ColorSpace;
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{
    Error, ErrorKind, Filter, Fit, MemoryStorage, Pipeline, Rendition, Result, identity,
};

use crate::fixture::{Kind, Part, file};

const KEY: &str = "renders/shot_010/beauty.0001.exr";

/// A storage with one frame, and a pipeline over it with sinks in memory.
struct Show {
    storage: Arc<MemoryStorage>,
    rows: Arc<MemoryMetadata>,
    events: Arc<MemoryEvents>,
    pipeline: Pipeline,
}

impl Show {
    fn new() -> Self {
        let storage = Arc::new(MemoryStorage::new("renders"));
        put(&*storage, KEY, (320, 200));
        let (rows, events) =
            (Arc::new(MemoryMetadata::default()), Arc::new(MemoryEvents::default()));
        let pipeline =
            Pipeline::new(storage.clone()).with_metadata(rows.clone()).with_events(events.clone());
        Self { storage, rows, events, pipeline }
    }
}

fn put(storage: &dyn Storage, key: &str, size: (usize, usize)) {
    let bytes = file(size, &[Part::rgb(size.0, size.1)]);
    storage.put(key, &bytes, &ObjectAttributes::default()).unwrap();
}

/// Puts half a frame.
fn put_cut(show: &Show, key: &str) {
    let mut bytes = file((320, 200), &[Part::rgb(320, 200)]);
    bytes.truncate(bytes.len() / 2);
    show.storage.put(key, &bytes, &ObjectAttributes::default()).unwrap();
}

#[test]
fn objects_row_and_event_agree() {
    let show = Show::new();
    let outcome = show.pipeline.run(KEY).unwrap();
    assert_eq!(outcome.thumbnail_key, "renders/shot_010/.proxies/beauty.0001_thumb.jpg");
    assert_eq!(outcome.proxy_key, "renders/shot_010/.proxies/beauty.0001_proxy.mp4");

    for made in &outcome.renditions {
        let meta = show.storage.head(&made.key).unwrap();
        let mut bytes = Vec::new();
        show.storage.open(&made.key).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!((meta.size, identity::sha256(&bytes)), (made.bytes, made.sha256.clone()));
        assert_eq!(meta.attributes.content_type.as_ref(), Some(&made.media_type));
        assert_eq!(meta.attributes.tags["generator"], "proxycore");
        assert_eq!(meta.attributes.metadata["source"], format!("memory://renders/{KEY}"));
    }
    let tags = |key: &str| show.storage.head(key).unwrap().attributes.tags["media_type"].clone();
    assert_eq!([tags(&outcome.thumbnail_key), tags(&outcome.proxy_key)], ["thumbnail", "proxy"]);

    let rows = show.rows.rows();
    let [(row, renditions)] = rows.as_slice() else { panic!("one row, not {}", rows.len()) };
    assert_eq!((row.s3_key.as_str(), row.asset_id.as_str()), (KEY, "3c6e1c31ae45e0f1"));
    assert_eq!(
        (row.thumb_resolution.as_str(), row.proxy_resolution.as_str()),
        ("256x256", "320x200")
    );
    assert_eq!((row.thumb_colorspace.as_str(), row.proxy_colorspace.as_str()), ("sRGB", "Rec.709"));
    assert_eq!(row.source_colorspace, "lin_rec709_scene");
    assert_eq!(row.proxy_size_bytes, outcome.proxy_size_bytes as i64);
    assert_eq!((row.file_id.len(), renditions.len()), (16, 2));

    let events = show.events.events();
    let [event] = events.as_slice() else { panic!("one event, not {}", events.len()) };
    assert_eq!(event.proxy_uri, format!("memory://renders/{}", outcome.proxy_key));
    assert_eq!(event.thumbnail_size_bytes, outcome.thumbnail_size_bytes);
    assert_eq!(event.asset_id, row.asset_id);
}

#[test]
fn the_result_has_the_handlers_keys() {
    let json = serde_json::to_value(Show::new().pipeline.run(KEY).unwrap()).unwrap();
    let of = |value: &serde_json::Value, keys: &[&str]| {
        for key in keys {
            assert!(value.get(key).is_some_and(|value| !value.is_null()), "{key} is missing");
        }
    };
    let keys = [
        "status",
        "asset_id",
        "source_key",
        "thumbnail_key",
        "proxy_key",
        "thumbnail_size_bytes",
        "proxy_size_bytes",
        "source_size_bytes",
        "colorspace",
        "processing_time_seconds",
        "persistence",
        "renditions",
        "colorspace_rule",
        "warnings",
    ];
    of(&json, &keys);
    of(&json["persistence"], &["status", "file_id", "proxy_id", "inserted"]);
    let keys = ["name", "uri", "media_type", "width", "height", "bytes", "colorspace", "sha256"];
    of(&json["renditions"][0], &keys);
    assert_eq!(json["warnings"][0], "the colour space is a guess: lin_rec709_scene");
}

fn bytes(storage: &dyn Storage, key: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    storage.open(key).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// A wider still, and everything else of the run as it is without.
#[test]
fn stills_of_display_p3_leave_the_other_files_as_they_are() {
    let wide = |color| {
        let show = Show::new();
        let renditions =
            [Rendition::thumbnail_for(color), Rendition::proxy(), Rendition::preview()];
        let pipeline = show.pipeline.clone().with_proof(true).with_renditions(renditions);
        let outcome = pipeline.run(KEY).unwrap();
        (show, outcome)
    };
    let (plain, srgb) = wide(StillColor::Srgb);
    let (show, p3) = wide(StillColor::DisplayP3);
    for at in [1, 2] {
        let (one, other) = (&srgb.renditions[at], &p3.renditions[at]);
        assert_eq!(bytes(&*plain.storage, &one.key), bytes(&*show.storage, &other.key));
    }
    let thumbs = [&srgb, &p3].map(|outcome| &outcome.renditions[0]);
    assert_ne!(thumbs[0].sha256, thumbs[1].sha256);
    assert_ne!(srgb.persistence.proxy_id, p3.persistence.proxy_id, "the recipe is another one");
    let spaces = thumbs.map(|made| made.colorspace.as_str());
    assert_eq!(spaces, ["srgb_rec709_display", "srgb_p3d65_display"]);
    let proof = thumbs[1].proof.as_ref().unwrap();
    assert!(proof.mean < 0.3 && proof.tags.icc.as_deref() == Some("Display P3"), "{proof:?}");
    let names = [&plain, &show].map(|show| show.rows.rows()[0].0.thumb_colorspace.clone());
    assert_eq!(names, ["sRGB", "Display P3"]);
}

#[test]
fn what_is_up_to_date_is_not_made_again() {
    let show = Show::new();
    let first = show.pipeline.run(KEY).unwrap();
    let second = show.pipeline.run(KEY).unwrap();
    assert!(!first.skipped && second.skipped);
    assert_eq!(first.renditions, second.renditions);
    assert_eq!(first.persistence.proxy_id, second.persistence.proxy_id);
    assert_eq!((show.rows.rows().len(), show.events.events().len()), (1, 2));
    assert!(!show.pipeline.clone().with_force(true).run(KEY).unwrap().skipped);
}

#[test]
fn another_source_or_recipe_is_made_again_with_the_same_bytes_for_the_same() {
    let show = Show::new();
    let first = show.pipeline.run(KEY).unwrap();
    let forced = show.pipeline.clone().with_force(true).run(KEY).unwrap();
    let sums = |outcome: &proxycore::Outcome| -> Vec<String> {
        outcome.renditions.iter().map(|made| made.sha256.clone()).collect()
    };
    assert_eq!(sums(&first), sums(&forced));

    let other = show.pipeline.clone().with_input_space(ColorSpace::LIN_AP1_SCENE).run(KEY).unwrap();
    assert!(!other.skipped);
    assert_ne!(first.persistence.proxy_id, other.persistence.proxy_id);
    assert_eq!(
        (other.colorspace.as_str(), other.colorspace_rule.as_str()),
        ("lin_ap1_scene", "override")
    );

    put(&*show.storage, KEY, (160, 100));
    assert!(!show.pipeline.run(KEY).unwrap().skipped);
}

#[test]
fn two_sources_with_one_stem_never_overwrite_each_other() {
    let show = Show::new();
    show.pipeline.run(KEY).unwrap();
    let other = "renders/shot_010/beauty.0001.EXR";
    put(&*show.storage, other, (64, 64));
    for force in [false, true] {
        let error = show.pipeline.clone().with_force(force).run(other).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Collision { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(KEY) && text.contains(other) && text.contains("template"), "{text}");
    }
    let template: KeyTemplate = "{dir}/.proxies/{stem}_b_{name}.{ext}".parse().unwrap();
    show.pipeline.clone().with_output(show.storage.clone(), template).run(other).unwrap();
}

#[test]
fn two_makers_of_one_stem_never_overwrite_each_other() {
    let other = "renders/shot_010/beauty.0001.EXR";
    for _ in 0..5 {
        let show = Show::new();
        put(&*show.storage, other, (320, 200));
        // as two processes: neither knows of the other
        let makers = [KEY, other].map(|key| (key, Pipeline::new(show.storage.clone())));
        let made = thread::scope(|scope| {
            let threads =
                makers.each_ref().map(|(key, maker)| scope.spawn(move || maker.run(key).is_ok()));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
        // whoever lost the thumbnail has not written the movie
        let (winner, maker) = &makers[usize::from(made[1])];
        assert!(maker.run(winner).unwrap().skipped);
    }
}

#[test]
fn a_source_that_is_run_many_times_at_once_is_made_once() {
    let show = Show::new();
    let outcomes: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| show.pipeline.run(KEY))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| !outcome.skipped).count(), 1);
}

#[test]
fn a_source_is_not_replaced_by_its_output() {
    let show = Show::new();
    let flat = |name: &str| {
        let template: KeyTemplate = name.parse().unwrap();
        show.pipeline.clone().with_output(show.storage.clone(), template)
    };
    // what an older program has left, or a killed one
    let old = "renders/shot_010/.proxies/beauty.0001_thumb.jpg";
    show.storage.put(old, b"old", &ObjectAttributes::default()).unwrap();
    show.pipeline.run(KEY).unwrap();
    put(&*show.storage, "thumb/plate.jpg", (64, 64));
    let itself = flat("{name}/{stem}.{ext}").with_force(true);
    let error = itself.run("thumb/plate.jpg").unwrap_err().to_string();
    assert!(error.contains("would replace its own source"), "{error}");
}

#[test]
fn an_object_that_was_cut_is_made_again() {
    let show = Show::new();
    let made = show.pipeline.run(KEY).unwrap();
    let attributes = show.storage.head(&made.thumbnail_key).unwrap().attributes;
    show.storage.put(&made.thumbnail_key, b"cut", &attributes).unwrap();
    assert!(!show.pipeline.run(KEY).unwrap().skipped);
    assert!(show.storage.head(&made.thumbnail_key).unwrap().size > 3);
}

#[test]
fn outputs_are_no_sources() {
    let error = Show::new().pipeline.run("a/.proxies/x_thumb.jpg").unwrap_err();
    assert!(error.to_string().contains("lies in a folder of outputs"), "{error}");
}

#[test]
fn renditions_are_asked_for_once_each() {
    let said = |renditions: Vec<Rendition>| {
        let pipeline = Show::new().pipeline.with_renditions(renditions);
        pipeline.run(KEY).unwrap_err().to_string()
    };
    assert_eq!(said(vec![]), "renditions: none is asked for");
    let twice = vec![Rendition::thumbnail(), Rendition::proxy(), Rendition::thumbnail()];
    assert_eq!(said(twice), "renditions: `thumb` is asked for twice");
}

#[test]
fn a_broken_source_leaves_nothing_behind() {
    let show = Show::new();
    put_cut(&show, "cut.exr");
    let before = show.storage.keys();
    let error = show.pipeline.run("cut.exr").unwrap_err();
    assert!(error.to_string().starts_with("cut.exr: corrupt OpenEXR: block "), "{error}");
    assert_eq!(show.storage.keys(), before);
    assert!(show.rows.rows().is_empty() && show.events.events().is_empty());
}

#[test]
fn a_row_that_is_refused_holds_the_event_back_and_a_second_run_heals() {
    #[derive(Debug)]
    struct Away;
    impl MetadataSink for Away {
        fn write(&self, _: &ProxyRecord, _: &[RenditionRecord]) -> Result<Written> {
            Err(Error::sink("test", "is away"))
        }
    }
    let show = Show::new();
    let error = show.pipeline.clone().with_metadata(Arc::new(Away)).run(KEY).unwrap_err();
    assert!(error.is_retryable() && show.events.events().is_empty());
    let healed = show.pipeline.run(KEY).unwrap();
    assert!(healed.skipped);
    assert_eq!((show.rows.rows().len(), show.events.events().len()), (1, 1));
}

#[test]
fn not_a_number_is_mended_and_told() {
    let show = Show::new();
    let part = Part {
        channels: ["B", "G", "R"].map(|c| (c, Kind::Float)).to_vec(),
        compression: exr::prelude::Compression::Uncompressed,
        ..Part::rgb(32, 32)
    };
    let mut bytes = file((32, 32), &[part]);
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    bytes[last - 4..last].copy_from_slice(&f32::INFINITY.to_le_bytes());
    show.storage.put("odd.exr", &bytes, &ObjectAttributes::default()).unwrap();
    let outcome = show.pipeline.run("odd.exr").unwrap();
    assert_eq!(
        outcome.warnings[1..],
        ["1 NaN samples are shown as 0", "1 infinite samples are shown as 65504"]
    );
}

#[test]
fn what_is_given_back_is_what_a_run_stores() {
    let show = Show::new();
    let given = show.pipeline.render(KEY).unwrap();
    assert_eq!(show.storage.keys(), [KEY]);
    let stored = show.pipeline.run(KEY).unwrap();
    for (file, made) in given.iter().zip(&stored.renditions) {
        assert_eq!(file.bytes, bytes(&*show.storage, &made.key));
    }
    // outputs are no sources of a run, but can be looked at
    let again = show.pipeline.render(&stored.thumbnail_key).unwrap();
    assert_eq!((again[0].width, again[0].height), (256, 256));
    let missing = show.pipeline.render("no.exr").unwrap_err();
    assert_eq!(missing.kind(), &ErrorKind::NotFound);
}

#[test]
fn light_is_what_renditions_are_made_from() {
    let show = Show::new();
    let light = show.pipeline.light(KEY).unwrap();
    let small = light.resize(Fit::inside(32, 32), Filter::Lanczos3).unwrap();
    let pixels = small.into_pixels().unwrap();
    assert_eq!((pixels.width, pixels.height), (32, 20));
    assert!(pixels.samples.iter().all(|sample| (0.0..=1.0).contains(sample)));
    assert!(pixels.samples.iter().any(|sample| *sample > 0.0));
}

#[test]
fn a_source_is_told_without_making_anything() {
    let show = Show::new();
    let info = serde_json::to_value(show.pipeline.info(KEY).unwrap()).unwrap();
    assert_eq!(info["source_key"], KEY);
    assert_eq!(info["asset_id"], identity::asset_id(KEY));
    assert_eq!((&info["picture"]["width"], &info["picture"]["height"]), (&320.into(), &200.into()));
    assert_eq!(info["colorspace_certainty"], "guessed");
    assert_eq!(show.storage.keys(), [KEY]);
}

#[test]
fn many_threads_share_one_pipeline() {
    let show = Show::new();
    let keys: Vec<_> = (0..16).map(|index| format!("seq/f.{index:04}.exr")).collect();
    keys.iter().for_each(|key| put(&*show.storage, key, (64, 36)));
    let sums: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> =
            keys.iter().map(|key| scope.spawn(|| show.pipeline.run(key).unwrap())).collect();
        runs.into_iter().map(|run| run.join().unwrap().renditions[1].sha256.clone()).collect()
    });
    assert!(sums.iter().all(|sum| *sum == sums[0]), "the same pixels give the same bytes");
    assert_eq!(show.rows.rows().len(), 16);
}

#[test]
fn runs_wait_for_the_memory_of_others_and_give_theirs_back() {
    let show = Show::new();
    let budget = Arc::new(Budget::new(64 << 20));
    let pipeline = show.pipeline.clone().with_memory(budget.clone());
    let all = budget.take(64 << 20);
    thread::scope(|scope| {
        let run = scope.spawn(|| pipeline.run(KEY));
        thread::sleep(Duration::from_millis(50));
        assert!(!run.is_finished());
        drop(all);
        assert!(!run.join().unwrap().unwrap().skipped);
    });
    assert_eq!(budget.held(), 0);
    // what is up to date needs none, and who fails gives it back
    let all = budget.take(64 << 20);
    assert!(pipeline.run(KEY).unwrap().skipped);
    drop(all);
    put_cut(&show, "cut.exr");
    assert_eq!(pipeline.run("cut.exr").unwrap_err().kind().name(), "corrupt");
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_proof_changes_no_byte_and_lands_in_result_and_row() {
    let (plain, proved) = (Show::new(), Show::new());
    let without = plain.pipeline.run(KEY).unwrap();
    let pipeline = proved.pipeline.clone().with_proof(true);
    let with = pipeline.run(KEY).unwrap();
    let rows = proved.rows.rows();
    for ((made, other), row) in with.renditions.iter().zip(&without.renditions).zip(&rows[0].1) {
        assert_eq!((&made.sha256, &other.proof), (&other.sha256, &None));
        let proof = made.proof.as_ref().unwrap();
        assert!(proof.bias < 1.0 && proof.mean > 0.0, "{proof:?}");
        assert_eq!((row.de2000_mean, row.color_bias), (Some(proof.mean), Some(proof.bias)));
        assert_eq!(row.color_tags, Some(proof.tags.to_string()));
    }
    let json = serde_json::to_value(&with).unwrap();
    assert_eq!(json["renditions"][1]["proof"]["tags"]["cicp"], "1/1/1 limited");
    assert_eq!(plain.rows.rows()[0].1[0].de2000_mean, None);
    // what stands keeps its proof, and its row keeps the numbers
    let again = proved.pipeline.clone().run(KEY).unwrap();
    assert!(again.skipped);
    assert_eq!(again.renditions[1].proof, with.renditions[1].proof);
    assert_eq!(proved.rows.rows()[0].1[1].color_bias, rows[0].1[1].color_bias);
    // the recipe is the same, so what stands is not made and not proved
    assert!(plain.pipeline.clone().with_proof(true).run(KEY).unwrap().skipped);
}

#[test]
fn a_file_that_fails_its_proof_is_not_stored() {
    /// Says gamma 2.4 in the file, and makes codes by the sRGB curve.
    #[derive(Debug)]
    struct Liar(Mp4);

    impl Encoder for Liar {
        fn codes(&self) -> CodeFormat {
            CodeFormat { space: ColorSpace::SRGB_REC709_DISPLAY, ..self.0.codes() }
        }
        fn media_type(&self) -> &'static str {
            self.0.media_type()
        }
        fn extension(&self) -> &'static str {
            self.0.extension()
        }
        fn recipe(&self) -> String {
            "liar".into()
        }
        fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
            self.0.encode(codes, spec)
        }
    }

    let show = Show::new();
    let liar = Rendition::new(Role::Proxy, Fit::inside(64, 64), Liar(Mp4::new()));
    let pipeline = show.pipeline.with_renditions([Rendition::thumbnail(), liar]).with_proof(true);
    let error = pipeline.run(KEY).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Proof { tag: "transfer", .. }), "{error}");
    assert!(error.to_string().starts_with(&format!("{KEY}: the proof failed: transfer")));
    assert!(!error.is_retryable());
    assert!(show.rows.rows().is_empty());
    for key in ["thumb.jpg", "proxy.mp4"] {
        let key = format!("renders/shot_010/.proxies/beauty.0001_{key}");
        assert_eq!(*show.storage.head(&key).unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert!(pipeline.with_proof(false).run(KEY).is_ok());
}
