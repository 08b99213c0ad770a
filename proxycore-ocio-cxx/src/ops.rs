//! Ops for many threads.
//!
//! A CPU processor may go to another thread, but not be used by two at once. So each is lent to one at
//! a time, and as many are made as threads ask at once. All of them are made of the same ops,
//! and so it does not matter which one a pixel meets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ocio_rs::{CPUProcessor, Processor};
use proxycore::color::OcioOps;

/// Ops, and the processors that carry them out.
pub(crate) struct Ops {
    made: Mutex<Processor>,
    /// One that always is, should no more of them be made.
    first: Mutex<CPUProcessor>,
    spare: Mutex<Vec<CPUProcessor>>,
}

impl Ops {
    pub(crate) fn new(made: Processor) -> ocio_rs::Result<Self> {
        let [first, spare] = [made.default_cpu_processor()?, made.default_cpu_processor()?];
        Ok(Self { made: Mutex::new(made), first: first.into(), spare: vec![spare].into() })
    }

    /// A processor that nobody else has.
    fn borrow(&self) -> Option<CPUProcessor> {
        let spare = lock(&self.spare).pop();
        spare.or_else(|| lock(&self.made).default_cpu_processor().ok())
    }
}

impl OcioOps for Ops {
    fn apply(&self, pixels: &mut [[f32; 4]]) {
        if let Some(own) = self.borrow() {
            transform(&own, pixels);
            lock(&self.spare).push(own);
        } else {
            transform(&lock(&self.first), pixels);
        }
    }
}

fn transform(processor: &CPUProcessor, pixels: &mut [[f32; 4]]) {
    let count = i64::try_from(pixels.len()).expect("a slice is shorter than i64::MAX");
    let done = processor.try_apply_rgba_pixels(pixels.as_flattened_mut(), count, 4);
    done.expect("a packed row of floats suits every processor");
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
