//! How much work this process has done.

use std::time::Duration;

/// Processor time of all threads since the process began; on systems that do not tell, time on the clock.
#[cfg(unix)]
pub(crate) fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    // Processor time does not go below zero.
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Processor time of all threads since the process began; on systems that do not tell, time on the clock.
#[cfg(not(unix))]
pub(crate) fn spent() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
