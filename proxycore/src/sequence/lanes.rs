//! Work on several threads, taken in order.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rayon::ThreadPoolBuilder;

use crate::error::{Error, Result};

/// Calls `work` for 0..`count` on `threads` threads, and hands what it made to `take` in order, on
/// the thread of the caller. Of what is made, but not yet taken, there are two a thread at the most.
///
/// With enough to do for all of them, each does by itself what the work would share with other threads:
/// to share it costs more than it brings.
///
/// # Errors
/// The first error in that order, of `work` or of `take`; what is later is not begun then.
pub(super) fn in_order<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let apart = count >= threads;
    let (threads, work) = (threads.clamp(1, count.max(1)), &work);
    thread::scope(|scope| {
        let each = |first: usize| {
            let (sender, receiver) = sync_channel(1);
            let thread = scope.spawn(move || {
                let make = || make(first, threads, count, work, &sender);
                if apart { alone(make) } else { make() }
            });
            (receiver, thread)
        };
        let (receivers, threads): (Vec<Receiver<_>>, Vec<_>) = (0..threads).map(each).unzip();
        let taken = receivers.iter().cycle().take(count).try_for_each(|made| {
            // who hangs up without an answer has panicked
            made.recv().map_err(|_| Error::encode("movie", "a thread ended"))?.and_then(&mut take)
        });
        drop(receivers);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap_or_else(|why| resume_unwind(why)));
        taken
    })
}

/// Runs `work` on one thread, with all that it would share with others.
fn alone(work: impl FnOnce() + Send) {
    match ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        // no more threads are to be had
        Err(_) => work(),
    }
}

/// Makes every `step`th, until one fails or nobody takes them any more.
fn make<T>(
    first: usize,
    step: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T>,
    sender: &SyncSender<Result<T>>,
) {
    for index in (first..count).step_by(step) {
        let made = work(index);
        let failed = made.is_err();
        if sender.send(made).is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_is_made_anyhow_is_taken_in_order() {
        for threads in [0, 1, 3, 8] {
            for count in [0, 1, 2, 50] {
                let mut taken = Vec::new();
                let work = |index: usize| {
                    thread::sleep(std::time::Duration::from_micros(((index * 7) % 5) as u64 * 100));
                    Ok(index)
                };
                in_order(threads, count, work, |index| {
                    taken.push(index);
                    Ok(())
                })
                .unwrap();
                assert_eq!(taken, (0..count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let begun = AtomicUsize::new(0);
        let work = |index: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            if index >= 10 { Err(Error::storage(index.to_string())) } else { Ok(index) }
        };
        let error = in_order(3, 1000, work, |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "10");
        assert!(begun.load(Ordering::Relaxed) < 30);
        let refused =
            in_order(
                3,
                1000,
                Ok,
                |index| {
                    if index == 5 { Err(Error::storage("full")) } else { Ok(()) }
                },
            );
        assert_eq!(refused.unwrap_err().to_string(), "full");
    }

    #[test]
    fn a_panic_is_the_callers_too() {
        let work = |index: usize| if index == 3 { panic!("no frame") } else { Ok(index) };
        let ended = catch_unwind(AssertUnwindSafe(|| in_order(2, 10, work, |_| Ok(()))));
        assert_eq!(ended.unwrap_err().downcast_ref::<&str>(), Some(&"no frame"));
    }

    #[test]
    fn little_waits_to_be_taken() {
        let (made, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |_| {
            let ahead = made.fetch_add(1, Ordering::SeqCst) - taken.load(Ordering::SeqCst);
            Ok(ahead)
        };
        in_order(2, 200, work, |ahead| {
            taken.fetch_add(1, Ordering::SeqCst);
            // two a thread, and the one that is being taken
            assert!(ahead <= 5, "{ahead}");
            Ok(())
        })
        .unwrap();
    }
}
