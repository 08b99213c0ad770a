//! A build without C++ refuses to start.

#![cfg(not(any(feature = "bundled", feature = "system")))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use proxycore::ErrorKind;
use proxycore_ocio_cxx::{CxxEngine, open};

#[test]
fn a_build_without_opencolorio_says_which_feature_it_lacks() {
    assert!(ocio_rs::is_stub_build(), "build it without OCIO_INSTALL_DIR and OCIO_RS_ENABLE_REAL");
    for error in [CxxEngine::new().unwrap_err(), open("ocio://default").unwrap_err()] {
        assert!(matches!(error.kind(), ErrorKind::Color { .. }));
        assert!(error.to_string().contains("`bundled` or `system`"), "{error}");
    }
}
