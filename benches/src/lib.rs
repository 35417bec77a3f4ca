//! How training steps are timed, beside the machine's own peak.

pub mod grid;
pub mod peak;
pub mod step;

/// Seconds that this thread has run: other programs on the machine do not count.
pub fn busy_seconds() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}
