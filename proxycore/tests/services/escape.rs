//! Keys that try to leave their bucket, through the whole pipeline.

use std::sync::Arc;

use proxycore::Pipeline;
use proxycore::metadata::MemoryMetadata;
use proxycore::storage::{ObjectStorage, Scheme, Storage};

use crate::conformance::ESCAPES;
use crate::proxy::Proxy;
use crate::s3::{BUCKET, S3};

#[test]
fn no_key_leads_out_of_a_bucket() {
    let s3 = S3::start();
    let proxy = Proxy::start(s3.port);
    let options = s3.options().with_endpoint(format!("http://127.0.0.1:{}", proxy.port));
    let storage = Arc::new(ObjectStorage::new(Scheme::S3, BUCKET, &options).unwrap());
    let rows = Arc::new(MemoryMetadata::default());
    let pipeline = Pipeline::new(storage.clone()).with_metadata(rows.clone());
    for key in ESCAPES {
        let error = pipeline.run(key).unwrap_err();
        assert_eq!(error.kind().name(), "invalid", "{key:?}: {error:?}");
        let error = storage.put(key, b"x", &Default::default()).unwrap_err();
        assert_eq!(error.kind().name(), "invalid", "{key:?}: {error:?}");
    }
    let (requests, _) = proxy.counted();
    assert_eq!(requests, 0, "the server was asked");
    assert!(rows.rows().is_empty());
}
