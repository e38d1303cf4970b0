//! The measures by name, and the check that their work is truly done.

use std::path::Path;
use std::time::{Duration, Instant};

use rustls::{CertificateError, CipherSuite, Error, NamedGroup};

use crate::clock::Stopwatch;
use crate::heap::{self, End, Tally};
use crate::order::{Keys, Order, USUAL};
use crate::side::{Agreed, Pair, Pipe};
use crate::Outcome;

const FEWEST_SAMPLES: usize = 3;

// Enough bytes at once to hide the clock, few enough to stay in the cache.
const BATCH_BYTES: usize = 1 << 17;
const MOST_IN_BATCH: usize = 128;
const HEADER_TYPE_AND_TAG: usize = 5 + 1 + 16;

/// The members of the JSON object that answers for the measure `name`.
pub fn answer(chains: &Path, most: Duration, name: &str) -> Outcome<String> {
    match name.split('/').collect::<Vec<_>>()[..] {
        ["handshake", version, keys] => handshake(
            chains,
            most,
            &in_version(USUAL.with_keys(keys_of(keys)?), version)?,
        ),
        ["resumed", version] => {
            let resuming = Order {
                resumes: true,
                ..USUAL
            };
            handshake(chains, most, &in_version(resuming, version)?)
        }
        ["hybrid", "tls13"] => handshake(chains, most, &hybrid()),
        ["send", suite, size] => records(chains, most, suite, size, Half::Send),
        ["receive", suite, size] => records(chains, most, suite, size, Half::Receive),
        ["heap"] => footprint(chains),
        ["check"] => check(chains),
        _ => Err("there is no such measure".into()),
    }
}

fn in_version(order: Order, version: &str) -> Outcome<Order> {
    match version {
        "tls13" => Ok(order),
        "tls12" => Ok(order.in_12()),
        _ => Err("there is no such version".into()),
    }
}

fn keys_of(word: &str) -> Outcome<Keys> {
    match word {
        "ecdsa" => Ok(Keys::Ecdsa),
        "rsa" => Ok(Keys::Rsa),
        _ => Err("there are no such keys".into()),
    }
}

fn hybrid() -> Order {
    Order {
        group: NamedGroup::X25519MLKEM768,
        ..USUAL
    }
}

/// As IANA spells it.
fn suite_name(suite: CipherSuite) -> String {
    format!("{suite:?}").replace("TLS13_", "TLS_")
}

/// As IANA spells it; nothing where nothing was exchanged.
fn group_name(group: Option<NamedGroup>) -> String {
    match group {
        Some(NamedGroup::X25519) => "x25519".into(),
        Some(group) => format!("{group:?}"),
        None => String::new(),
    }
}

/// Calls `sample` until the time is over.
fn repeat(most: Duration, mut sample: impl FnMut() -> Outcome<()>) -> Outcome<()> {
    let begin = Instant::now();
    let mut samples = 0;
    while samples < FEWEST_SAMPLES || begin.elapsed() < most {
        sample()?;
        samples += 1;
    }
    Ok(())
}

fn median(samples: &mut [f64]) -> f64 {
    let middle = samples.len() / 2;
    *samples.select_nth_unstable_by(middle, f64::total_cmp).1
}

// ---- handshakes --------------------------------------------------------------------------------

/// What both ends must have come to.
fn expected(order: &Order) -> Agreed {
    let exchanged = !order.resumes || order.version.version == rustls::ProtocolVersion::TLSv1_3;
    Agreed {
        suite: Some(order.suite),
        group: exchanged.then_some(order.group),
        resumed: order.resumes,
    }
}

/// Connects, and fails if either end came to anything but `expected`.
fn connect_and_see(pair: &mut Pair, expected: &Agreed) -> Outcome<()> {
    pair.connect()?;
    for side in [&pair.client, &pair.server] {
        let agreed = side.agreed()?;
        if agreed != *expected {
            return Err(format!("agreed on {agreed:?} instead of {expected:?}").into());
        }
    }
    Ok(())
}

fn handshake(chains: &Path, most: Duration, order: &Order) -> Outcome<String> {
    let mut pair = Pair::new(order.roles(chains)?);
    // This one fills what is made once and kept, and begins the session that is resumed.
    pair.connect()?;
    pair.client.close();
    pair.server.close();

    let expected = expected(order);
    let (mut clients, mut servers) = (Vec::new(), Vec::new());
    repeat(most, || {
        connect_and_see(&mut pair, &expected)?;
        clients.push(pair.client.close());
        servers.push(pair.server.close());
        Ok(())
    })?;
    Ok(format!(
        "\"client\":{:e},\"server\":{:e},\"suite\":\"{}\",\"group\":\"{}\",\"resumed\":{}",
        median(&mut clients),
        median(&mut servers),
        suite_name(order.suite),
        group_name(expected.group),
        expected.resumed
    ))
}

// ---- records -----------------------------------------------------------------------------------

/// Whose time is taken; the other does its half untimed.
enum Half {
    Send,
    Receive,
}

fn records(chains: &Path, most: Duration, suite: &str, size: &str, half: Half) -> Outcome<String> {
    let suite = match suite {
        "aes_128_gcm" => CipherSuite::TLS13_AES_128_GCM_SHA256,
        "aes_256_gcm" => CipherSuite::TLS13_AES_256_GCM_SHA384,
        "chacha20_poly1305" => CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        _ => return Err("there is no such suite".into()),
    };
    let message = vec![0x5a; size.parse()?];
    if message.is_empty() || message.len() > 1 << 14 {
        return Err("no message of one record has this size".into());
    }
    let order = Order { suite, ..USUAL };
    let mut pair = Pair::new(order.roles(chains)?);
    connect_and_see(&mut pair, &expected(&order))?;

    let batch = (BATCH_BYTES / message.len()).min(MOST_IN_BATCH);
    let protected = message.len() + HEADER_TYPE_AND_TAG;
    let mut under_way: Vec<Pipe> = (0..batch).map(|_| Pipe::with_capacity(protected)).collect();
    let mut seconds = Vec::new();
    repeat(most, || {
        let mut sending = Stopwatch::default();
        let mut receiving = Stopwatch::default();
        sending.time(|| {
            under_way
                .iter_mut()
                .try_for_each(|pipe| pair.server.send(&message, pipe))
        })?;
        if under_way.iter().any(|pipe| pipe.len() != protected) {
            return Err("a message is not one record".into());
        }
        receiving.time(|| {
            under_way.iter_mut().try_for_each(|pipe| {
                match pair.client.receive(pipe)?.len() == message.len() {
                    true => Ok(()),
                    false => Outcome::Err("a message came in pieces".into()),
                }
            })
        })?;
        let watch = match half {
            Half::Send => sending,
            Half::Receive => receiving,
        };
        seconds.push(watch.total() / batch as f64);
        Ok(())
    })?;
    Ok(format!(
        "\"seconds\":{:e},\"suite\":\"{}\"",
        median(&mut seconds),
        suite_name(suite)
    ))
}

// ---- heap --------------------------------------------------------------------------------------

fn footprint(chains: &Path) -> Outcome<String> {
    let mut pair = Pair::new(USUAL.roles(chains)?);
    let message = [0x5a; 1024];
    let mut handshake = [Tally::default(); 2];
    let mut at_rest = handshake;
    // The first connections fill what is made once and kept.
    for _ in 0..3 {
        heap::watch();
        connect_and_see(&mut pair, &expected(&USUAL))?;
        handshake = [pair.client.footprint(), pair.server.footprint()];
        for _ in 0..2 {
            exchange(&mut pair, &message)?;
        }
        at_rest = [pair.client.footprint(), pair.server.footprint()];
        heap::look_away();
        pair.client.close();
        pair.server.close();
    }
    Ok(format!(
        "\"client_bytes\":{},\"server_bytes\":{},\"client_allocations\":{},\
         \"server_allocations\":{}",
        at_rest[0].bytes, at_rest[1].bytes, handshake[0].allocations, handshake[1].allocations
    ))
}

/// Sends `message` from the client to the server and back. Fails if it comes as anything else.
fn exchange(pair: &mut Pair, message: &[u8]) -> Outcome<()> {
    let Pair {
        client,
        server,
        to_client,
        to_server,
    } = pair;
    heap::count(End::Client, || client.send(message, to_server))?;
    let there = heap::count(End::Server, || server.receive(to_server))? == message;
    heap::count(End::Server, || server.send(message, to_client))?;
    let back = heap::count(End::Client, || client.receive(to_client))? == message;
    match there && back {
        true => Ok(()),
        false => Err("a message came as another".into()),
    }
}

// ---- check -------------------------------------------------------------------------------------

fn check(chains: &Path) -> Outcome<String> {
    for keys in [Keys::Ecdsa, Keys::Rsa] {
        for order in [USUAL.with_keys(keys), USUAL.with_keys(keys).in_12()] {
            check_order(chains, &order)?;
        }
    }
    for order in [USUAL, USUAL.in_12(), hybrid()] {
        let mut pair = Pair::new(order.roles(chains)?);
        connect_and_see(&mut pair, &expected(&order))?;
        exchange(&mut pair, b"a message")?;
    }
    Ok(format!(
        "\"library\":\"rustls {}, aws-lc-rs {}\"",
        locked_version("rustls")?,
        locked_version("aws-lc-rs")?
    ))
}

/// The handshake of `order` succeeds, and fails for whoever trusts or means others.
fn check_order(chains: &Path, order: &Order) -> Outcome<()> {
    connect_and_see(&mut Pair::new(order.roles(chains)?), &expected(order))?;
    let trusted = match order.keys {
        Keys::Ecdsa => Keys::Rsa,
        Keys::Rsa => Keys::Ecdsa,
    };
    let refusal = refusal(chains, &Order { trusted, ..*order })?;
    if refusal != CertificateError::UnknownIssuer {
        return Err(format!("another root was refused with: {refusal}").into());
    }
    let name = "other.test";
    let refusal = self::refusal(chains, &Order { name, ..*order })?;
    if !matches!(refusal, CertificateError::NotValidForNameContext { .. }) {
        return Err(format!("another name was refused with: {refusal}").into());
    }
    Ok(())
}

/// What the client says of the server's certificate.
fn refusal(chains: &Path, order: &Order) -> Outcome<CertificateError> {
    match Pair::new(order.roles(chains)?).connect() {
        Ok(()) => Err("a client trusts another root or name, and takes the server".into()),
        Err(error) => match error.downcast_ref() {
            Some(Error::InvalidCertificate(reason)) => Ok(reason.clone()),
            _ => Err(error),
        },
    }
}

/// The version of a library, which has no name for it: `cargo build --locked` takes these.
fn locked_version(library: &str) -> Outcome<&'static str> {
    let head = format!("name = \"{library}\"\nversion = \"");
    let (_, after) = include_str!("../Cargo.lock")
        .split_once(&head)
        .ok_or("Cargo.lock lacks a library")?;
    Ok(after.split('"').next().unwrap_or_default())
}
