//! What is allocated, and for which end.
//!
//! aws-lc is C and allocates by malloc, as Rust does by default. So this program has a malloc of
//! its own before that of the C library, and sees the memory of both.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};

#[derive(Clone, Copy)]
pub enum End {
    Client = 0,
    Server = 1,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Held now, as malloc rounds them up.
    pub bytes: i64,
    /// Ever made.
    pub allocations: i64,
}

const NOBODY: usize = 2;

// The program has one thread, and malloc may not be what a thread-local value waits for.
static WATCHED: AtomicBool = AtomicBool::new(false);
static COUNTED: AtomicUsize = AtomicUsize::new(NOBODY);
static BYTES: [AtomicI64; 2] = [AtomicI64::new(0), AtomicI64::new(0)];
static ALLOCATIONS: [AtomicI64; 2] = [AtomicI64::new(0), AtomicI64::new(0)];

/// Counts what is allocated and freed while `work` goes on, between `watch` and `look_away`.
pub fn count<T>(end: End, work: impl FnOnce() -> T) -> T {
    if WATCHED.load(Relaxed) {
        COUNTED.store(end as usize, Relaxed);
    }
    let result = work();
    COUNTED.store(NOBODY, Relaxed);
    result
}

pub fn tally(end: End) -> Tally {
    Tally {
        bytes: BYTES[end as usize].load(Relaxed),
        allocations: ALLOCATIONS[end as usize].load(Relaxed),
    }
}

/// Begins at nought. What is timed is not watched, since that takes time.
pub fn watch() {
    for counter in BYTES.iter().chain(&ALLOCATIONS) {
        counter.store(0, Relaxed);
    }
    WATCHED.store(true, Relaxed);
}

pub fn look_away() {
    WATCHED.store(false, Relaxed);
}

// ---- malloc ------------------------------------------------------------------------------------

extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(memory: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_free(memory: *mut c_void);
}

fn add(memory: *mut c_void, sign: i64) {
    let end = COUNTED.load(Relaxed);
    if end != NOBODY && !memory.is_null() {
        // SAFETY: `memory` came from the C library's malloc and has not been freed.
        let size = unsafe { libc::malloc_usable_size(memory) };
        BYTES[end].fetch_add(sign * size as i64, Relaxed);
    }
}

fn made(memory: *mut c_void) -> *mut c_void {
    let end = COUNTED.load(Relaxed);
    if end != NOBODY && !memory.is_null() {
        ALLOCATIONS[end].fetch_add(1, Relaxed);
        add(memory, 1);
    }
    memory
}

// SAFETY of all of them: they hand on what the caller promised, to the functions that it meant.

#[no_mangle]
unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    made(__libc_malloc(size))
}

#[no_mangle]
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    made(__libc_calloc(count, size))
}

#[no_mangle]
unsafe extern "C" fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
    add(memory, -1);
    made(__libc_realloc(memory, size))
}

#[no_mangle]
unsafe extern "C" fn posix_memalign(to: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    let memory = made(__libc_memalign(alignment, size));
    if memory.is_null() {
        return libc::ENOMEM;
    }
    *to = memory;
    0
}

#[no_mangle]
unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    made(__libc_memalign(alignment, size))
}

#[no_mangle]
unsafe extern "C" fn free(memory: *mut c_void) {
    add(memory, -1);
    __libc_free(memory);
}
