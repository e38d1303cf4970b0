//! One end of a connection, used for one connection after the other, and timed.

use std::io::{Read, Write};
use std::mem::size_of;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, Connection, HandshakeKind, NamedGroup,
    ServerConfig, ServerConnection,
};

use crate::clock::Stopwatch;
use crate::heap::{self, End, Tally};
use crate::Outcome;

/// One direction of a transport. It has room from the beginning and keeps it.
pub type Pipe = Vec<u8>;

const PIPE_SIZE: usize = 1 << 16;
const MOST_PLAINTEXT: usize = 1 << 14;

/// Which end, and its configuration.
pub enum Role {
    Client(Arc<ClientConfig>, ServerName<'static>),
    Server(Arc<ServerConfig>),
}

/// What a handshake came to.
#[derive(Debug, PartialEq)]
pub struct Agreed {
    pub suite: Option<CipherSuite>,
    pub group: Option<NamedGroup>,
    pub resumed: bool,
}

pub struct Side {
    role: Role,
    connection: Option<Connection>,
    watch: Stopwatch,
    plaintext: Vec<u8>,
}

impl Side {
    pub fn new(role: Role) -> Side {
        Side {
            role,
            connection: None,
            watch: Stopwatch::default(),
            plaintext: vec![0; MOST_PLAINTEXT],
        }
    }

    /// Makes a connection, whose time begins.
    pub fn open(&mut self) -> Outcome<()> {
        self.watch = Stopwatch::default();
        let role = &self.role;
        let connection = &mut self.connection;
        self.watch.time(|| -> Outcome<()> {
            *connection = Some(match role {
                Role::Client(config, name) => {
                    ClientConnection::new(config.clone(), name.clone())?.into()
                }
                Role::Server(config) => ServerConnection::new(config.clone())?.into(),
            });
            Ok(())
        })
    }

    /// Goes on with the handshake as far as `input` reaches. True once this end is through.
    pub fn shake_hands(&mut self, input: &mut Pipe, output: &mut Pipe) -> Outcome<bool> {
        let connection = self.connection.as_mut().ok_or(CLOSED)?;
        self.watch.time(|| {
            take(connection, input)?;
            pass_on(connection, output)?;
            Ok(!connection.is_handshaking())
        })
    }

    /// Reads what the server says after the handshake.
    pub fn read_tickets(&mut self, input: &mut Pipe) -> Outcome<()> {
        let connection = self.connection.as_mut().ok_or(CLOSED)?;
        self.watch.time(|| take(connection, input))
    }

    pub fn agreed(&self) -> Outcome<Agreed> {
        let connection = self.connection.as_ref().ok_or(CLOSED)?;
        Ok(Agreed {
            suite: connection
                .negotiated_cipher_suite()
                .map(|suite| suite.suite()),
            group: connection
                .negotiated_key_exchange_group()
                .map(|group| group.name()),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        })
    }

    /// From plaintext to protected bytes in `output`. Not timed.
    pub fn send(&mut self, message: &[u8], output: &mut Pipe) -> Outcome<()> {
        let connection = self.connection.as_mut().ok_or(CLOSED)?;
        connection.writer().write_all(message)?;
        pass_on(connection, output)
    }

    /// From the bytes of one message in `input` to its plaintext. Not timed.
    pub fn receive(&mut self, input: &mut Pipe) -> Outcome<&[u8]> {
        let connection = self.connection.as_mut().ok_or(CLOSED)?;
        take(connection, input)?;
        let size = connection.reader().read(&mut self.plaintext)?;
        Ok(&self.plaintext[..size])
    }

    /// Frees the connection. Returns the seconds of its life.
    pub fn close(&mut self) -> f64 {
        let connection = &mut self.connection;
        self.watch.time(|| *connection = None);
        self.watch.total()
    }

    pub fn end(&self) -> End {
        match self.role {
            Role::Client(..) => End::Client,
            Role::Server(_) => End::Server,
        }
    }

    /// What has been counted for this end, with the object itself, wherever its owner has it.
    pub fn footprint(&self) -> Tally {
        let object = match self.role {
            Role::Client(..) => size_of::<ClientConnection>(),
            Role::Server(_) => size_of::<ServerConnection>(),
        };
        let mut tally = heap::tally(self.end());
        tally.bytes += object as i64;
        tally
    }
}

const CLOSED: &str = "the connection is not open";

fn take(connection: &mut Connection, input: &mut Pipe) -> Outcome<()> {
    let mut waiting = input.as_slice();
    while !waiting.is_empty() {
        connection.read_tls(&mut waiting)?;
        connection.process_new_packets()?;
    }
    input.clear();
    Ok(())
}

fn pass_on(connection: &mut Connection, output: &mut Pipe) -> Outcome<()> {
    while connection.wants_write() {
        connection.write_tls(output)?;
    }
    Ok(())
}

/// A client and a server, and what lies between them.
pub struct Pair {
    pub client: Side,
    pub server: Side,
    pub to_client: Pipe,
    pub to_server: Pipe,
}

impl Pair {
    pub fn new((client, server): (Role, Role)) -> Pair {
        Pair {
            client: Side::new(client),
            server: Side::new(server),
            to_client: Pipe::with_capacity(PIPE_SIZE),
            to_server: Pipe::with_capacity(PIPE_SIZE),
        }
    }

    /// Makes a connection and goes through its handshake.
    pub fn connect(&mut self) -> Outcome<()> {
        let Pair {
            client,
            server,
            to_client,
            to_server,
        } = self;
        to_client.clear(); // what a handshake that failed has left
        to_server.clear();
        heap::count(End::Client, || client.open())?;
        heap::count(End::Server, || server.open())?;
        for _ in 0..4 {
            let client_done =
                heap::count(End::Client, || client.shake_hands(to_client, to_server))?;
            let server_done =
                heap::count(End::Server, || server.shake_hands(to_server, to_client))?;
            if client_done && server_done {
                if !to_client.is_empty() {
                    heap::count(End::Client, || client.read_tickets(to_client))?;
                }
                return Ok(());
            }
        }
        Err("the handshake does not end".into())
    }
}
