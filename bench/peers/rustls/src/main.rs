//! The measures of `./dev bench --peers` on rustls with aws-lc-rs, the provider that it recommends.
//!
//!   PROGRAM CHAINS SECONDS MEASURE...
//!
//! CHAINS is a folder of chains and keys, SECONDS how long a measure may take, and each MEASURE is
//! answered by an object of JSON on a line of its own. Both ends are in memory and in one thread;
//! each is timed by itself, on that thread's processor time: creation, handshake, tickets and
//! destruction of a connection (`side.rs`). Configurations are made once (`order.rs`).

mod clock;
mod heap;
mod measures;
mod order;
mod side;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// What is wrong is told in a sentence and ends the program.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "PROGRAM CHAINS SECONDS MEASURE...";

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rustls: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Outcome<()> {
    let [chains, seconds, measures @ ..] = arguments else {
        return Err(USAGE.into());
    };
    let most = Duration::try_from_secs_f64(seconds.parse()?)?;
    for name in measures {
        let answer = measures::answer(Path::new(chains), most, name)
            .map_err(|error| format!("{name}: {error}"))?;
        println!("{{\"measure\":\"{name}\",{answer}}}"); // stdout flushes at each line
    }
    Ok(())
}
