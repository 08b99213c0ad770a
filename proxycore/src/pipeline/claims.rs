//! Which outputs are being made right now.
//!
//! Two sources with one stem, run side by side, would both find no object and then overwrite each
//! other. So the second to come waits until the first has ended, and then finds whose the objects are. A
//! source that is run twice at a time waits for itself, and finds that all is up to date.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The outputs that are being made.
#[derive(Debug, Default)]
pub(super) struct Claims {
    taken: Mutex<HashSet<String>>,
    freed: Condvar,
}

/// A claim that ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    claims: &'a Claims,
    keys: Vec<String>,
}

impl Claims {
    /// Claims all of `keys`, once none of them is taken. Whoever holds a claim must not ask for another.
    pub(super) fn claim(&self, keys: Vec<String>) -> Claim<'_> {
        let taken = self.taken();
        let any = |taken: &mut HashSet<String>| keys.iter().any(|key| taken.contains(key));
        let waited = self.freed.wait_while(taken, any);
        let mut taken = waited.unwrap_or_else(PoisonError::into_inner);
        taken.extend(keys.iter().cloned());
        Claim { claims: self, keys }
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut taken = self.claims.taken();
        for key in &self.keys {
            taken.remove(key);
        }
        self.claims.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_output_has_one_maker_at_a_time() {
        let claims = Claims::default();
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let first = claims.claim(keys(&["x_thumb.jpg", "x_proxy.mp4"]));
        drop(claims.claim(keys(&["y_thumb.jpg"])));
        let (told, came) = mpsc::channel();
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                let claim = claims.claim(keys(&["x_proxy.mp4", "x_sheet.jpg"]));
                told.send(()).unwrap();
                drop(claim);
            });
            assert!(came.recv_timeout(Duration::from_millis(50)).is_err());
            drop(first);
            came.recv().unwrap();
            second.join().unwrap();
        });
        assert!(claims.taken().is_empty());
    }
}
