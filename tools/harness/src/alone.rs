//! Virtual time: it advances as soon as every task is idle.

/// Runs a future on a runtime of its own with virtual time, on this thread. No I/O is possible in it.
///
/// # Panics
/// If no runtime can be created, or on a thread that is in a runtime already.
pub fn alone<T>(life: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O can be created");
    runtime.block_on(life)
}
