//! A bound on the memory of runs side by side.
//!
//! A run takes a permit for what it will hold at the most, and waits until that is free. Permits
//! are given in the order in which they were asked for, so that a large source is not passed by
//! small ones for ever; one that needs more than there is runs alone. What a run holds is estimated
//! from its header, not measured.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that runs share. One budget serves all pipelines that are to share it.
#[derive(Debug)]
pub struct Budget {
    bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: u64,
    /// The number of the next one to ask.
    next: u64,
    /// The number of the next one to get a permit.
    served: u64,
}

/// Bytes that are held until it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    /// Makes a budget of that many bytes, of one at the least: of none, all would take none.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        Self { bytes: bytes.max(1), state: Mutex::default(), changed: Condvar::new() }
    }

    /// Takes `bytes` of it; waits until they are free and all who asked before have theirs. More
    /// than the whole budget counts as the whole.
    ///
    /// The thread sleeps. One of rayon's must not ask: the work that it would wait for may wait for
    /// that thread.
    #[must_use]
    pub fn take(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.min(self.bytes);
        let mut state = self.lock();
        let turn = state.next;
        state.next += 1;
        let must_wait = |state: &mut State| state.served != turn || state.held + bytes > self.bytes;
        let waited = self.changed.wait_while(state, must_wait);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.served += 1;
        state.held += bytes;
        drop(state);
        self.changed.notify_all();
        Permit { budget: self, bytes }
    }

    /// Bytes that are held now.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.lock().held
    }

    /// Nothing can panic while it is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.budget.lock().held -= self.bytes;
        self.budget.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Waits until `count` threads have asked.
    fn until_asked(budget: &Budget, count: u64) {
        while budget.lock().next < count {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn never_is_more_held_than_there_is() {
        let (budget, held, most) = (Budget::new(100), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for thread in 0..8 {
                let (budget, held, most) = (&budget, &held, &most);
                scope.spawn(move || {
                    for round in 0..200 {
                        let bytes = (thread * 31 + round * 17) % 70 + 1;
                        let permit = budget.take(bytes);
                        let now = held.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        most.fetch_max(now, Ordering::SeqCst);
                        held.fetch_sub(bytes, Ordering::SeqCst);
                        drop(permit);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 100);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn what_is_larger_than_the_budget_runs_alone() {
        alone_in(&Budget::new(10));
        alone_in(&Budget::new(0));
    }

    fn alone_in(budget: &Budget) {
        let permit = budget.take(u64::MAX);
        assert_eq!(budget.held(), budget.bytes);
        thread::scope(|scope| {
            let small = scope.spawn(|| drop(budget.take(1)));
            until_asked(budget, 2);
            assert!(!small.is_finished());
            drop(permit);
        });
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn who_asks_first_is_served_first() {
        let budget = Budget::new(10);
        let (say, said) = mpsc::channel();
        let first = budget.take(6);
        thread::scope(|scope| {
            let budget = &budget;
            for (turn, bytes) in [(1, 10), (2, 1)] {
                let say = say.clone();
                scope.spawn(move || {
                    let _permit = budget.take(bytes);
                    say.send(bytes).unwrap();
                });
                until_asked(budget, turn + 1);
            }
            // the small one would fit, but it came later
            assert!(said.recv_timeout(Duration::from_millis(20)).is_err());
            drop(first);
        });
        assert_eq!(said.try_iter().collect::<Vec<_>>(), [10, 1]);
    }

    #[test]
    fn a_panic_gives_its_bytes_back() {
        let budget = Budget::new(10);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _permit = budget.take(10);
            panic!("as a decoder might");
        }));
        assert!(panicked.is_err());
        assert_eq!(budget.held(), 0);
        drop(budget.take(10));
    }
}
