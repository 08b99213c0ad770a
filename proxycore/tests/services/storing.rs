//! What every store promises, asked of S3, and what is S3's own.

use proxycore::storage::{ObjectStorage, Scheme, Storage};

use crate::conformance;
use crate::s3::{ACCESS_KEY, BUCKET, S3, http};

#[test]
fn starts() {
    let s3 = S3::start();
    let refused = http(s3.port, &format!("GET /{BUCKET} HTTP/1.0\r\n\r\n")).unwrap();
    assert!(refused.contains("AccessDenied"), "{refused}");
}

#[test]
fn conforms() {
    let s3 = S3::start();
    let store = s3.storage();
    conformance::conforms(&store);
    assert_eq!((store.bucket(), &*store.uri("a b.jpg")), (BUCKET, "s3://renders/a b.jpg"));
    assert_eq!(s3.uploads(), 0);
}

#[test]
fn long_objects_go_in_parts() {
    let s3 = S3::start();
    let store = s3.storage();
    let bytes: Vec<u8> = (0..40_u32 << 20).map(|at| (at >> 8) as u8 ^ at as u8).collect();
    let attributes = conformance::thumbnail("long.exr");
    store.put("long.mp4", &bytes, &attributes).unwrap();
    let meta = store.head("long.mp4").unwrap();
    assert_eq!((meta.size, meta.attributes.metadata), (40 << 20, attributes.metadata));
    assert!(conformance::read(&store, "long.mp4") == bytes);
    assert_eq!(s3.tags("long.mp4"), "media_type=thumbnail");
    assert_eq!(s3.uploads(), 0);
}

#[test]
fn a_wrong_secret_is_told_as_one() {
    let s3 = S3::start();
    let wrong = s3.options().with_credentials(ACCESS_KEY, "hush", None);
    let store = ObjectStorage::new(Scheme::S3, BUCKET, &wrong).unwrap();
    let error = store.head("a.exr").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a.exr: no permission to look at `s3://renders/a.exr`; check the credentials"
    );
    assert!(!format!("{error:?}").contains("hush"));
}
