//! Only examples live here: `cargo run -p proxycore-examples --example thumbnail`.
