//! Processor time of this thread, which others on the machine cannot add to.

use std::sync::OnceLock;

/// Sums up what the calls that it times take, less what it takes to ask the clock.
#[derive(Default)]
pub struct Stopwatch {
    total: f64,
}

impl Stopwatch {
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begin = now();
        let result = work();
        self.total += now() - begin - cost();
        result
    }

    /// In seconds.
    pub fn total(&self) -> f64 {
        self.total
    }
}

fn now() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` outlives the call, which writes nothing but it.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0, "Linux has this clock");
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// The system is asked, which takes as long as a record.
fn cost() -> f64 {
    static MEASURED: OnceLock<f64> = OnceLock::new();
    *MEASURED.get_or_init(|| {
        const ROUNDS: u32 = 1000;
        let begin = now();
        for _ in 1..ROUNDS {
            now();
        }
        (now() - begin) / f64::from(ROUNDS)
    })
}
