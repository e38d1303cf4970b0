//! Both roles with rustls, for rustls_test.py.
//!
//!   peer server PORT CERT KEY [WORD=VALUE...]   answers each request with a page
//!   peer client PORT CA [WORD=VALUE...]         requests /index.html of localhost
//!
//! Words: suite, groups (A,B); ca (a server: whom it lets in; without, it asks nobody);
//! cert and key (a client's); ech (a file with a list of configurations); times (of a client that
//! keeps its sessions), early (what a client says first). A client prints a line for each
//! connection, and then the answer.

use std::collections::HashMap;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::client::{EchConfig, EchMode};
use rustls::crypto::{aws_lc_rs, CryptoProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, EchConfigListBytes, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{
    ClientConfig, ClientConnection, PeerIncompatible, RootCertStore, ServerConfig,
    ServerConnection, Stream,
};

type Outcome<T> = Result<T, Box<dyn Error>>;
type Words = HashMap<String, String>;

const PAGE: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, peer\n";
const REQUEST: &[u8] = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let fixed: Vec<&str> = arguments
        .iter()
        .filter(|word| !word.contains('='))
        .map(String::as_str)
        .collect();
    let words: Words = arguments
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    match fixed[..] {
        ["server", port, cert, key] => serve(port.parse()?, cert, key, &words),
        ["client", port, ca] => ask(port.parse()?, ca, &words),
        _ => Err("peer server PORT CERT KEY | client PORT CA, then WORD=VALUE".into()),
    }
}

/// The usual one, of all groups that there are, or the suite and groups that are wanted.
fn provider(words: &Words) -> Outcome<Arc<CryptoProvider>> {
    let mut provider = aws_lc_rs::default_provider();
    if let Some(suite) = words.get("suite") {
        provider
            .cipher_suites
            .retain(|known| format!("{:?}", known.suite()) == suite.replace("TLS_", "TLS13_"));
    }
    if let Some(groups) = words.get("groups") {
        provider.kx_groups = groups
            .split(',')
            .map(|name| {
                aws_lc_rs::ALL_KX_GROUPS
                    .iter()
                    .copied()
                    .find(|group| format!("{:?}", group.name()).eq_ignore_ascii_case(name))
                    .ok_or_else(|| format!("rustls has no group {name}"))
            })
            .collect::<Result<_, _>>()?;
    }
    Ok(Arc::new(provider))
}

fn chain(path: &str) -> Outcome<Vec<CertificateDer<'static>>> {
    Ok(CertificateDer::pem_file_iter(path)?.collect::<Result<_, _>>()?)
}

fn roots(path: &str) -> Outcome<RootCertStore> {
    let mut store = RootCertStore::empty();
    for certificate in chain(path)? {
        store.add(certificate)?;
    }
    Ok(store)
}

// ---- a server ----------------------------------------------------------------------------------

fn serve(port: u16, cert: &str, key: &str, words: &Words) -> Outcome<()> {
    let provider = provider(words)?;
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS13])?;
    let builder = match words.get("ca") {
        Some(ca) => {
            let roots = Arc::new(roots(ca)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            builder.with_client_cert_verifier(verifier.build()?)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain(cert)?, PrivateKeyDer::from_pem_file(key)?)?;
    config.max_early_data_size = words.get("early").map_or(Ok(0), |size| size.parse())?;
    let config = Arc::new(config);
    for socket in TcpListener::bind(("127.0.0.1", port))?.incoming() {
        let (socket, config) = (socket?, config.clone());
        thread::spawn(move || {
            if let Err(error) = answer(socket, config) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn answer(mut socket: TcpStream, config: Arc<ServerConfig>) -> Outcome<()> {
    let mut connection = ServerConnection::new(config)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    let mut request = Vec::new();
    if let Some(mut early) = connection.early_data() {
        early.read_to_end(&mut request)?;
    }
    let mut stream = Stream::new(&mut connection, &mut socket);
    let mut buffer = [0; 4096];
    while !request.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..count]);
    }
    stream.write_all(PAGE)?;
    connection.send_close_notify();
    connection.complete_io(&mut socket)?;
    Ok(())
}

// ---- a client ----------------------------------------------------------------------------------

fn ask(port: u16, ca: &str, words: &Words) -> Outcome<()> {
    let builder = ClientConfig::builder_with_provider(provider(words)?);
    let builder = match words.get("ech") {
        Some(path) => {
            let list = EchConfigListBytes::from_pem_file(path)?;
            let ech = EchConfig::new(list, aws_lc_rs::hpke::ALL_SUPPORTED_SUITES)?;
            builder.with_ech(EchMode::Enable(ech))?
        }
        None => builder.with_protocol_versions(&[&TLS13])?,
    };
    let builder = builder.with_root_certificates(roots(ca)?);
    let mut config = match (words.get("cert"), words.get("key")) {
        (Some(cert), Some(key)) => {
            builder.with_client_auth_cert(chain(cert)?, PrivateKeyDer::from_pem_file(key)?)?
        }
        _ => builder.with_no_client_auth(),
    };
    config.enable_early_data = words.contains_key("early");
    let config = Arc::new(config);
    let times: u32 = words.get("times").map_or(Ok(1), |times| times.parse())?;
    for _ in 0..times {
        visit(port, config.clone(), words.get("early"))?;
    }
    Ok(())
}

fn visit(port: u16, config: Arc<ClientConfig>, early: Option<&String>) -> Outcome<()> {
    let mut connection = ClientConnection::new(config, ServerName::try_from("localhost")?)?;
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    if let (Some(text), Some(mut writer)) = (early, connection.early_data()) {
        let request = format!("GET {text} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        writer.write_all(request.as_bytes())?;
    }
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut socket) {
            return Err(explained(error));
        }
    }
    println!(
        "group {:?}, suite {:?}, {:?}, ech {:?}, early data accepted {}",
        connection
            .negotiated_key_exchange_group()
            .map(|group| group.name()),
        connection
            .negotiated_cipher_suite()
            .map(|suite| suite.suite()),
        connection.handshake_kind(),
        connection.ech_status(),
        connection.is_early_data_accepted(),
    );
    let mut stream = Stream::new(&mut connection, &mut socket);
    stream.write_all(REQUEST)?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    println!("{}", String::from_utf8_lossy(&text));
    Ok(())
}

/// A rejection says how many configurations to try again with came along.
fn explained(error: std::io::Error) -> Box<dyn Error> {
    if error.kind() == ErrorKind::InvalidData {
        if let Some(rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerRejectedEncryptedClientHello(configs),
        )) = error.get_ref().and_then(|inner| inner.downcast_ref())
        {
            let count = configs.as_ref().map_or(0, Vec::len);
            return format!("ECH was rejected; {count} configurations came").into();
        }
    }
    error.into()
}
