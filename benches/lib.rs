//! Only benches live here: `cargo bench -p proxycore-benches`.
