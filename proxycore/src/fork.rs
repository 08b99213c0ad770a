//! What is left of the library in a process that was forked: its memory, and none of its threads.
//!
//! Work that is shared among threads would wait for ever there. A program that runs in such
//! processes, as Python's do, says so before each piece of work.

use std::cell::OnceCell;
use std::process;
use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Has this thread do by itself what it would share with others, where the process was forked from
/// one in which this was called before. Else nothing changes: all cores work.
pub fn settle() {
    static HOME: OnceLock<u32> = OnceLock::new();
    if *HOME.get_or_init(process::id) != process::id() {
        work_alone();
    }
}

/// Makes this thread the only one of a pool, for as long as it lives.
fn work_alone() {
    thread_local! {
        static ALONE: OnceCell<Option<ThreadPool>> = const { OnceCell::new() };
    }
    ALONE.with(|alone| {
        // a thread that is one of a pool already stays that
        alone.get_or_init(|| {
            ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok()
        });
    });
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn one_thread_works_alone_and_the_others_as_before() {
        settle();
        let threads = rayon::current_num_threads();
        thread::scope(|scope| {
            scope.spawn(|| {
                work_alone();
                work_alone();
                assert_eq!(rayon::current_num_threads(), 1);
                let here = thread::current().id();
                let (one, two) = rayon::join(|| thread::current().id(), || thread::current().id());
                assert_eq!((one, two), (here, here));
            });
        });
        assert_eq!(rayon::current_num_threads(), threads);
    }
}
