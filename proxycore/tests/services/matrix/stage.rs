//! The servers that all cases share, and what can be counted there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use exr::prelude::{Encoding, Image, Layer, LayerAttributes, SpecificChannels, WritableImage, f16};
use proxycore::event::{KafkaEvents, TOPIC};
use proxycore::identity::{asset_id, sha256};
use proxycore::metadata::PostgresMetadata;
use proxycore::rendition::Role;
use proxycore::retry::Retry;
use proxycore::storage::{ObjectAttributes, ObjectStorage, Scheme, Storage};
use proxycore::{Fit, Jpeg, Pipeline, Rendition};
use serde_json::json;
use tempfile::TempDir;

use super::Sources;
use crate::broker::Kafka;
use crate::conformance::read;
use crate::postgres::Postgres;
use crate::proxy::Proxy;
use crate::s3::{BUCKET, S3};

const SCHEMA: &str = PostgresMetadata::SCHEMA;

/// Sources of a case; the large one is alone.
const SMALL: usize = 2;

/// How long a server may be silent here: long for a machine that is busy, short for a test.
const SILENCE: Duration = Duration::from_millis(700);

/// When the sinks give up: a server that is started again is there long before.
const GIVING_UP: Duration = Duration::from_secs(12);

pub(super) struct Stage {
    pub(super) proxy: Proxy,
    pub(super) postgres: Arc<Mutex<Postgres>>,
    pub(super) kafka: Arc<Mutex<Kafka>>,
    storage: Arc<ObjectStorage>,
    rows: Arc<PostgresMetadata>,
    events: Arc<KafkaEvents>,
    small: Vec<Vec<u8>>,
    large: Vec<u8>,
    amid: Mutex<Option<JoinHandle<()>>>,
    // last, so that the proxy is gone before it
    pub(super) s3: S3,
}

impl Stage {
    pub(super) fn start() -> Self {
        let s3 = S3::start();
        let proxy = Proxy::start(s3.port);
        let kafka = Kafka::start_behind_gate(TempDir::new().unwrap(), json!({}), json!({}));
        kafka.create(TOPIC);
        let postgres = Postgres::start();
        let mut retry = Retry::default();
        retry.first_wait = Duration::from_millis(10);
        let options = s3
            .options()
            .with_endpoint(format!("http://127.0.0.1:{}", proxy.port))
            .with_retry(retry.with_calls(4))
            .with_timeout(SILENCE);
        let storage = Arc::new(ObjectStorage::new(Scheme::S3, BUCKET, &options).unwrap());
        let soon = retry.with_calls(1000).with_deadline(GIVING_UP);
        let rows = PostgresMetadata::connect(&postgres.url(""), SCHEMA).unwrap().with_retry(soon);
        let events = KafkaEvents::connect(kafka.options().with_retry(soon)).unwrap();
        Self {
            proxy,
            postgres: Arc::new(Mutex::new(postgres)),
            kafka: Arc::new(Mutex::new(kafka)),
            storage,
            rows: Arc::new(rows),
            events: Arc::new(events),
            small: (0..=SMALL as u32).map(|seed| frame(96, 64, seed)).collect(),
            large: frame(2560, 2560, 9),
            amid: Mutex::new(None),
            s3,
        }
    }

    pub(super) fn postgres(&self) -> MutexGuard<'_, Postgres> {
        self.postgres.lock().unwrap()
    }

    pub(super) fn kafka(&self) -> MutexGuard<'_, Kafka> {
        self.kafka.lock().unwrap()
    }

    /// A frame that is no case's source.
    pub(super) fn other_frame(&self) -> Vec<u8> {
        self.small[SMALL].clone()
    }

    /// What goes on while the sources run.
    pub(super) fn amid(&self, thread: JoinHandle<()>) {
        *self.amid.lock().unwrap() = Some(thread);
    }

    pub(super) fn pipeline(&self, sources: Sources) -> Pipeline {
        Pipeline::new(self.storage.clone())
            .with_renditions(renditions(sources))
            .with_metadata(self.rows.clone())
            .with_events(self.events.clone())
    }

    /// Puts a case's sources where they belong.
    pub(super) fn sources(&self, case: &str, sources: Sources) -> Vec<String> {
        let frames = match sources {
            Sources::Small => &self.small[..SMALL],
            Sources::Lone => &self.small[..1],
            Sources::Large => std::slice::from_ref(&self.large),
        };
        let put = |(at, frame): (usize, &Vec<u8>)| {
            let key = format!("{}{at}.exr", folder(case));
            self.s3.storage().put(&key, frame, &ObjectAttributes::default()).unwrap();
            key
        };
        frames.iter().enumerate().map(put).collect()
    }

    /// Ends any fault.
    pub(super) fn mend(&self) {
        if let Some(thread) = self.amid.lock().unwrap().take() {
            thread.join().unwrap();
        }
        self.proxy.spoil(|_| None);
        let (mut postgres, mut kafka) = (self.postgres(), self.kafka());
        if !postgres.is_up() {
            postgres.up();
        }
        if !kafka.is_gate_open() {
            kafka.open_gate();
        }
    }

    /// A case's outputs, each in its state; they are whole.
    pub(super) fn objects(&self, case: &str) -> BTreeMap<String, String> {
        let direct = self.s3.storage();
        let outputs = format!("{}.proxies/", folder(case));
        let listed = direct.list(&outputs).unwrap().map(Result::unwrap);
        let whole = listed.map(|(key, _)| {
            let (meta, bytes) = (direct.head(&key).unwrap(), read(&direct, &key));
            assert_eq!(meta.attributes.metadata["sha256"], sha256(&bytes), "{key}");
            (key, meta.etag.unwrap() + &meta.last_modified)
        });
        whole.collect()
    }

    /// How many outputs a source has.
    pub(super) fn objects_of(&self, key: &str) -> usize {
        let (case, name) = key.rsplit_once('/').unwrap();
        let stem = format!("{case}/.proxies/{}_", name.trim_end_matches(".exr"));
        let all = self.objects(case.trim_start_matches("matrix/"));
        all.keys().filter(|key| key.starts_with(&stem)).count()
    }

    /// How many rows a source has.
    pub(super) fn rows(&self, key: &str) -> usize {
        self.number(&format!("SELECT count(*) FROM {SCHEMA}.proxy_outputs WHERE s3_key = '{key}'"))
    }

    fn number(&self, sql: &str) -> usize {
        self.postgres().psql(sql).trim().parse().unwrap()
    }

    /// Counts the objects and rows that a case has made, when all is well again.
    pub(super) fn count(&self, case: &str, keys: &[String], renditions: usize) {
        let objects = self.objects(case);
        assert_eq!(objects.len(), keys.len() * renditions, "{case}: {objects:?}");
        for key in keys {
            assert_eq!((self.objects_of(key), self.rows(key)), (renditions, 1), "{key}");
        }
        let all = self.number(&format!(
            "SELECT count(DISTINCT r.s3_key) FROM {SCHEMA}.proxy_outputs o \
             JOIN {SCHEMA}.proxy_renditions r USING (proxy_id) WHERE o.s3_key LIKE 'matrix/{case}/%'"
        ));
        assert_eq!(all, objects.len(), "{case}: rows of renditions");
    }

    /// Checks that all sources were told of, and that no upload is left open.
    pub(super) fn count_told(&self, keys: &[String]) {
        let events = self.kafka().events();
        let told: BTreeSet<_> = events.iter().map(|event| &event.asset_id).collect();
        let untold: Vec<_> = keys.iter().filter(|key| !told.contains(&asset_id(key))).collect();
        assert!(untold.is_empty(), "no event of {untold:?}");
        assert_eq!(self.s3.uploads(), 0, "uploads that nobody ended");
    }
}

pub(super) fn folder(case: &str) -> String {
    format!("matrix/{case}/")
}

pub(super) fn renditions(sources: Sources) -> Vec<Rendition> {
    match sources {
        Sources::Small | Sources::Lone => Rendition::defaults(),
        Sources::Large => {
            let jpeg = Jpeg::exact().with_quality(100);
            vec![Rendition::new(Role::Preview, Fit::full(), jpeg)]
        }
    }
}

/// Noise, so that nothing compresses.
pub fn frame(width: usize, height: usize, seed: u32) -> Vec<u8> {
    let light = move |at: exr::math::Vec2<usize>| {
        let mut state = (at.1 * width + at.0) as u32 ^ seed << 24;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f16::from_f32(((state ^ state >> 15) & 0xffff) as f32 / 65536.0)
        };
        (next(), next(), next())
    };
    let layer = Layer::new(
        (width, height),
        LayerAttributes::named("rgb"),
        Encoding::UNCOMPRESSED,
        SpecificChannels::rgb(light),
    );
    let mut bytes = Cursor::new(Vec::new());
    Image::from_layer(layer).write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}
