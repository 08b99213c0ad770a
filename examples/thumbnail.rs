//! One frame to one thumbnail.
fn main() {}
