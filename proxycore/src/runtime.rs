//! The one place that knows an async runtime. Clients of object stores and brokers are async; this
//! crate is not.
//!
//! Work is spawned on a runtime of our own and waited for on a channel, so that a call may come
//! from any thread, one of a caller's own runtime included, where `block_on` would panic. A process
//! that was forked has none of its parent's threads, and gets a runtime of its own.

use std::future::Future;
use std::process;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

/// Threads that wait for the network; pixels are not their business.
const THREADS: usize = 2;

/// The runtime of the process with this number. It lasts: to end one whose threads are in another
/// process would be to wait for them.
static RUNTIME: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);

fn runtime() -> &'static Runtime {
    let mut kept = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    match *kept {
        Some((process, runtime)) if process == process::id() => runtime,
        _ => kept.insert((process::id(), Box::leak(Box::new(start())))).1,
    }
}

#[allow(clippy::expect_used, reason = "without threads there is nothing that we could do")]
fn start() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(THREADS).thread_name("proxycore-io").enable_all();
    builder.build().expect("the system gives no thread")
}

/// Runs a future to its end.
///
/// # Panics
/// Where the future did.
#[allow(clippy::expect_used, reason = "a panic goes on where it was waited for")]
pub(crate) fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (done, result) = sync_channel(1);
    spawn(async move { _ = done.send(future.await) });
    result.recv().expect("the work panicked")
}

/// Starts a future, and does not wait.
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    drop(runtime().spawn(future));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_inside_a_runtime_as_well() {
        let outer = Builder::new_current_thread().build().unwrap();
        let four = outer.block_on(async { wait(async { wait_a_little().await }) });
        assert_eq!(four, 4);
    }

    async fn wait_a_little() -> u8 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        4
    }
}
