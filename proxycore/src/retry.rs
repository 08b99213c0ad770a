//! Trying again what may pass.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How often and for how long a call is made again that failed with an error that
/// [is retryable](Error::is_retryable). Between two calls lies a wait of random length, whose mean
/// doubles from time to time, so that many workers do not come back in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// Calls at the most, the first one included: 5.
    pub calls: u32,
    /// The first wait at the most: 100 ms.
    pub first_wait: Duration,
    /// Any wait at the most: 5 s.
    pub longest_wait: Duration,
    /// No wait is begun that would end later than this after the first call: 60 s.
    pub deadline: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            calls: 5,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(5),
            deadline: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// Makes one call, and no other.
    #[must_use]
    pub fn never() -> Self {
        Self { calls: 1, ..Self::default() }
    }

    /// Sets how many calls are made at the most.
    #[must_use]
    pub fn with_calls(mut self, calls: u32) -> Self {
        self.calls = calls;
        self
    }

    /// Sets for how long.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Calls until it succeeds, fails for good, or there is no time left.
    ///
    /// # Errors
    /// The last call's.
    pub fn run<T>(&self, mut call: impl FnMut() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let mut calls = 1;
        loop {
            let error = match call() {
                Err(error) if error.is_retryable() => error,
                done => return done,
            };
            match self.wait(calls, started.elapsed()) {
                Some(wait) => pause(&error, wait),
                None => return Err(error),
            }
            calls += 1;
        }
    }

    /// How long to wait after so many calls and so much time; `None` where that was all.
    #[must_use]
    pub fn wait(&self, calls: u32, elapsed: Duration) -> Option<Duration> {
        let doubled = self.first_wait.saturating_mul(1 << calls.clamp(1, 20) >> 1);
        let wait = doubled.min(self.longest_wait).mul_f64(fastrand::f64());
        let in_time = elapsed.checked_add(wait).is_some_and(|end| end <= self.deadline);
        (calls < self.calls && in_time).then_some(wait)
    }
}

fn pause(error: &Error, wait: Duration) {
    tracing::warn!(%error, wait_ms = wait.as_millis(), "trying again");
    thread::sleep(wait);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn soon() -> Retry {
        Retry { first_wait: Duration::from_micros(1), ..Retry::default() }
    }

    #[test]
    fn what_may_pass_is_tried_as_often_as_said() {
        let mut calls = 0;
        let mut fail = |_| {
            calls += 1;
            Err::<(), _>(Error::storage("away"))
        };
        assert!(soon().run(|| fail(())).is_err());
        assert_eq!(calls, 5);
    }

    #[test]
    fn what_will_not_pass_is_not() {
        let mut calls = 0;
        let error = soon().run(|| {
            calls += 1;
            Err::<(), _>(Error::new(ErrorKind::NotFound))
        });
        assert_eq!((calls, error.unwrap_err().kind()), (1, &ErrorKind::NotFound));
    }

    #[test]
    fn success_ends_it() {
        let mut left = 2;
        let done = soon().run(|| {
            left -= 1;
            if left > 0 { Err(Error::storage("away")) } else { Ok(left) }
        });
        assert_eq!(done.unwrap(), 0);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end_at_the_deadline() {
        let retry = Retry::default().with_calls(100);
        for calls in 1..99 {
            let most = Duration::from_millis(100 << (calls - 1).min(10)).min(retry.longest_wait);
            assert!(retry.wait(calls, Duration::ZERO).unwrap() <= most);
        }
        assert_eq!(retry.wait(100, Duration::ZERO), None);
        assert_eq!(retry.wait(1, retry.deadline + Duration::from_nanos(1)), None);
    }
}
