//! What a measure asks for, and the configurations of it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{aws_lc_rs, CryptoProvider};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CipherSuite, ClientConfig, NamedGroup, RootCertStore, ServerConfig, SupportedProtocolVersion,
};

use crate::side::Role;
use crate::Outcome;

pub const SERVER_NAME: &str = "bench.test";

/// The keys of a chain, all the way up.
#[derive(Clone, Copy)]
pub enum Keys {
    Ecdsa,
    Rsa,
}

impl Keys {
    fn file(self, chains: &Path, what: &str) -> PathBuf {
        let kind = match self {
            Keys::Ecdsa => "ecdsa",
            Keys::Rsa => "rsa",
        };
        chains.join(format!("{kind}-{what}.pem"))
    }

    fn roots(self, chains: &Path) -> Outcome<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(read(self.file(chains, "root"))?)?;
        Ok(roots)
    }

    fn chain(self, chains: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
        let path = self.file(chains, "chain");
        let read = || CertificateDer::pem_file_iter(&path)?.collect::<Result<_, _>>();
        read().map_err(|error| at(&path, error))
    }

    fn key(self, chains: &Path) -> Outcome<PrivateKeyDer<'static>> {
        read(self.file(chains, "key"))
    }
}

fn read<T: PemObject>(path: PathBuf) -> Outcome<T> {
    T::from_pem_file(&path).map_err(|error| at(&path, error))
}

fn at(path: &Path, error: pem::Error) -> Box<dyn Error> {
    format!("{}: {error}", path.display()).into()
}

#[derive(Clone, Copy)]
pub struct Order {
    pub version: &'static SupportedProtocolVersion,
    pub suite: CipherSuite,
    pub group: NamedGroup,
    pub keys: Keys,
    /// A connection resumes the session of the one before.
    pub resumes: bool,
    /// Whom the client trusts, and whom it means to reach.
    pub trusted: Keys,
    pub name: &'static str,
}

/// A full handshake of TLS 1.3, from which others differ.
pub const USUAL: Order = Order {
    version: &TLS13,
    suite: CipherSuite::TLS13_AES_128_GCM_SHA256,
    group: NamedGroup::X25519,
    keys: Keys::Ecdsa,
    resumes: false,
    trusted: Keys::Ecdsa,
    name: SERVER_NAME,
};

impl Order {
    pub fn with_keys(self, keys: Keys) -> Order {
        Order {
            keys,
            trusted: keys,
            ..self
        }
    }

    /// The same work in TLS 1.2, where the keys of the chain are part of the suite's name.
    pub fn in_12(self) -> Order {
        let suite = match self.keys {
            Keys::Ecdsa => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            Keys::Rsa => CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        };
        Order {
            version: &TLS12,
            suite,
            ..self
        }
    }

    /// Both ends' configurations, which all connections share.
    pub fn roles(&self, chains: &Path) -> Outcome<(Role, Role)> {
        let provider = self.provider()?;
        Ok((
            Role::Client(
                Arc::new(self.client(chains, provider.clone())?),
                ServerName::try_from(self.name)?,
            ),
            Role::Server(Arc::new(self.server(chains, provider)?)),
        ))
    }

    /// The usual one, with the suite and the group of the order and no other.
    fn provider(&self) -> Outcome<Arc<CryptoProvider>> {
        let mut provider = aws_lc_rs::default_provider();
        provider
            .cipher_suites
            .retain(|known| known.suite() == self.suite);
        provider.kx_groups = aws_lc_rs::ALL_KX_GROUPS.to_vec();
        provider
            .kx_groups
            .retain(|known| known.name() == self.group);
        if provider.cipher_suites.len() != 1 || provider.kx_groups.len() != 1 {
            return Err(format!("rustls lacks {:?} or {:?}", self.suite, self.group).into());
        }
        Ok(Arc::new(provider))
    }

    fn client(&self, chains: &Path, provider: Arc<CryptoProvider>) -> Outcome<ClientConfig> {
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])?
            .with_root_certificates(self.trusted.roots(chains)?)
            .with_no_client_auth();
        config.resumption = if self.resumes {
            Resumption::in_memory_sessions(8)
        } else {
            Resumption::disabled()
        };
        Ok(config)
    }

    fn server(&self, chains: &Path, provider: Arc<CryptoProvider>) -> Outcome<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])?
            .with_no_client_auth()
            .with_single_cert(self.keys.chain(chains)?, self.keys.key(chains)?)?;
        // Tickets that say it all, or nothing: no server remembers sessions.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = usize::from(self.resumes);
        if self.resumes {
            config.ticketer = aws_lc_rs::Ticketer::new()?;
        }
        Ok(config)
    }
}
