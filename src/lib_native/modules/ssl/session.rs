//! `_ssl.Session`: one side of a TLS connection without a socket. What comes from the network is fed in, what is to go there
//! is taken out; nothing blocks. A failure is returned as `(library, reason, text, …)` (see `failure`), for the program's part
//! of `ssl` to raise, and what was to be told to the other side can still be taken.

use super::certificate::Certificate;
use super::failure::Failure;
use super::verify::Verifier;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use rustls::server::{Accepted, AcceptedAlert, Acceptor};
use rustls::{CipherSuite, Connection, Error, ProtocolVersion, ServerConfig};
use rustls_pki_types::CertificateDer;
use std::io::{Read, Write};
use std::sync::Arc;

natives! { METHODS;
    "feed", feed, 2, 2;
    "take", take, 1, 1;
    "read", read, 2, 2;
    "write", write, 2, 2;
    "close", close, 1, 1;
    "version", version, 1, 1;
    "cipher", cipher, 1, 1;
    "alpn", alpn, 1, 1;
    "peer_certificate", peer_certificate, 2, 2;
    "peer_chain", peer_chain, 1, 1;
}

natives! { GETTERS;
    "handshaking", handshaking, 1, 1;
    "peer_closed", peer_closed, 1, 1;
    "pending", pending, 1, 1;
}

/// How far it is.
enum Stage {
    /// A server before the client's hello, which decides whether there is an application protocol in common.
    Accepting(Box<Acceptor>, Arc<ServerConfig>),
    Running(Box<Connection>),
    Failed(Failure),
}

pub struct Session {
    stage: Stage,
    verifier: Arc<Verifier>,
    /// What the other side sent, deciphered; what is before `start` was read.
    plain: Vec<u8>,
    start: usize,
    /// To go out besides what the connection has: the alert of a server that could not begin.
    alert: Vec<u8>,
    peer_closed: bool,
}

impl OpaqueData for Session {}

impl Session {
    /// A client's side.
    pub fn client(connection: rustls::ClientConnection, verifier: Arc<Verifier>) -> Session {
        Session::new(Stage::Running(Box::new(unlimited(connection.into()))), verifier)
    }

    /// A server's side.
    pub fn server(config: Arc<ServerConfig>, verifier: Arc<Verifier>) -> Session {
        Session::new(Stage::Accepting(Box::default(), config), verifier)
    }

    fn new(stage: Stage, verifier: Arc<Verifier>) -> Session {
        Session { stage, verifier, plain: Vec::new(), start: 0, alert: Vec::new(), peer_closed: false }
    }

    fn connection(&self) -> Option<&Connection> {
        match &self.stage {
            Stage::Running(connection) => Some(connection),
            _ => None,
        }
    }

    /// Takes in what came from the network.
    fn receive(&mut self, mut data: &[u8]) -> Result<(), Failure> {
        while !data.is_empty() && !self.peer_closed {
            let before = data.len();
            match &mut self.stage {
                Stage::Failed(failure) => return Err(failure.clone()),
                Stage::Accepting(acceptor, _) => {
                    acceptor.read_tls(&mut data).map_err(|_| Failure::of("SSL", "BAD_LENGTH"))?;
                    self.accept()?;
                }
                Stage::Running(connection) => {
                    connection.read_tls(&mut data).map_err(|_| Failure::of("SSL", "BAD_LENGTH"))?;
                    self.decipher()?;
                }
            }
            if data.len() == before {
                break;
            }
        }
        Ok(())
    }

    /// Begins in earnest once the client's hello is there.
    fn accept(&mut self) -> Result<(), Failure> {
        let Stage::Accepting(acceptor, config) = &mut self.stage else { return Ok(()) };
        let begun = match acceptor.accept() {
            Ok(None) => return Ok(()),
            Ok(Some(accepted)) => begin(accepted, config),
            Err(refused) => Err(refused),
        };
        match begun {
            Ok(connection) => {
                self.stage = Stage::Running(Box::new(unlimited(connection)));
                // The hello may not have been all.
                self.decipher()
            }
            Err((error, mut alert)) => {
                // Writing to memory does not fail.
                let _ = alert.write_all(&mut self.alert);
                Err(self.fail(&error))
            }
        }
    }

    /// Deciphers what was taken in.
    fn decipher(&mut self) -> Result<(), Failure> {
        let Stage::Running(connection) = &mut self.stage else { return Ok(()) };
        let state = match connection.process_new_packets() {
            Ok(state) => state,
            Err(error) => return Err(self.fail(&error)),
        };
        let count = state.plaintext_bytes_to_read();
        if count > 0 {
            let end = self.plain.len();
            self.plain.resize(end + count, 0);
            // It has said that so much is there.
            let read = connection.reader().read(&mut self.plain[end..]).unwrap_or(0);
            self.plain.truncate(end + read);
        }
        self.peer_closed |= state.peer_has_closed();
        Ok(())
    }

    fn fail(&mut self, error: &Error) -> Failure {
        let failure = Failure::new(error, self.verifier.take_refusal());
        if let Stage::Running(connection) = &mut self.stage {
            drain(connection, &mut self.alert);
        }
        self.stage = Stage::Failed(failure.clone());
        failure
    }
}

/// Nothing that a program writes is refused for want of room: the transport says when to pause.
fn unlimited(mut connection: Connection) -> Connection {
    connection.set_buffer_limit(None);
    connection
}

/// Moves what is to go to the network.
fn drain(connection: &mut Connection, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    while connection.wants_write() && connection.write_tls(out).is_ok_and(|count| count > 0) {}
}

/// A server's connection. Without an application protocol in common there is none, as in OpenSSL; rustls would refuse.
fn begin(accepted: Accepted, config: &Arc<ServerConfig>) -> Result<Connection, (Error, AcceptedAlert)> {
    let in_common = match accepted.client_hello().alpn() {
        Some(mut offered) => offered.any(|one| config.alpn_protocols.iter().any(|own| own == one)),
        None => true,
    };
    let config = if in_common {
        config.clone()
    } else {
        let mut without = ServerConfig::clone(config);
        without.alpn_protocols.clear();
        Arc::new(without)
    };
    accepted.into_connection(config).map(Connection::from)
}

/// The session behind `self`.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Session> {
    match args.values[0].opaque::<Session>() {
        Some(session) => Ok(session),
        None => Err(vm.type_error("a TLS session is needed")),
    }
}

fn bytes<'a>(vm: &mut Vm, value: &'a Value) -> Outcome<&'a [u8]> {
    match value.as_bytes() {
        Some(bytes) => Ok(bytes),
        None => {
            let name = vm.type_name(*value);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

/// Takes in what came from the network; a failure, or None.
fn feed(vm: &mut Vm, args: Args) -> Outcome {
    let data = bytes(vm, &args.values[1])?;
    let result = this(vm, &args)?.receive(data);
    Ok(result.map_or_else(|failure| failure.to_value(), |()| Ref::NONE))
}

/// What is to go to the network.
fn take(vm: &mut Vm, args: Args) -> Outcome {
    let session = this(vm, &args)?;
    let mut out = std::mem::take(&mut session.alert);
    if let Stage::Running(connection) = &mut session.stage {
        drain(connection, &mut out);
    }
    Ok(Ref::bytes(out))
}

/// Up to so many deciphered bytes; b"" if there are none.
fn read(vm: &mut Vm, args: Args) -> Outcome {
    let most = vm.index(args.values[1])?.max(0) as usize;
    let session = this(vm, &args)?;
    if session.start == 0 && session.plain.len() <= most {
        return Ok(Ref::bytes(std::mem::take(&mut session.plain)));
    }
    let end = session.plain.len().min(session.start.saturating_add(most));
    let part = session.plain[session.start..end].to_vec();
    session.start = end;
    if end == session.plain.len() {
        session.plain.clear();
        session.start = 0;
    }
    Ok(Ref::bytes(part))
}

/// Enciphers what is to be sent.
fn write(vm: &mut Vm, args: Args) -> Outcome {
    let data = bytes(vm, &args.values[1])?;
    if let Stage::Running(connection) = &mut this(vm, &args)?.stage {
        // There is no limit that it could run into.
        let _ = connection.writer().write_all(data);
    }
    Ok(Ref::NONE)
}

/// Says to the other side that no more will come.
fn close(vm: &mut Vm, args: Args) -> Outcome {
    if let Stage::Running(connection) = &mut this(vm, &args)?.stage {
        connection.send_close_notify();
    }
    Ok(Ref::NONE)
}

fn handshaking(vm: &mut Vm, args: Args) -> Outcome {
    let going_on = this(vm, &args)?.connection().is_none_or(|connection| connection.is_handshaking());
    Ok(Ref::bool(going_on))
}

fn peer_closed(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this(vm, &args)?.peer_closed))
}

/// How many deciphered bytes wait to be read.
fn pending(vm: &mut Vm, args: Args) -> Outcome {
    let session = this(vm, &args)?;
    Ok(Ref::int((session.plain.len() - session.start) as i64))
}

fn version_text(version: ProtocolVersion) -> Ref {
    match version {
        ProtocolVersion::TLSv1_2 => Ref::str("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Ref::str("TLSv1.3"),
        _ => Ref::NONE,
    }
}

fn version(vm: &mut Vm, args: Args) -> Outcome {
    let version = this(vm, &args)?.connection().and_then(|connection| connection.protocol_version());
    Ok(version.map_or(Ref::NONE, version_text))
}

/// OpenSSL's name of a cipher suite and the bits of its key.
fn suite_name(suite: CipherSuite) -> Option<(&'static str, i64)> {
    use CipherSuite as S;
    Some(match suite {
        S::TLS13_AES_128_GCM_SHA256 => ("TLS_AES_128_GCM_SHA256", 128),
        S::TLS13_AES_256_GCM_SHA384 => ("TLS_AES_256_GCM_SHA384", 256),
        S::TLS13_CHACHA20_POLY1305_SHA256 => ("TLS_CHACHA20_POLY1305_SHA256", 256),
        S::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => ("ECDHE-ECDSA-AES128-GCM-SHA256", 128),
        S::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => ("ECDHE-ECDSA-AES256-GCM-SHA384", 256),
        S::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => ("ECDHE-ECDSA-CHACHA20-POLY1305", 256),
        S::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => ("ECDHE-RSA-AES128-GCM-SHA256", 128),
        S::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => ("ECDHE-RSA-AES256-GCM-SHA384", 256),
        S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => ("ECDHE-RSA-CHACHA20-POLY1305", 256),
        _ => return None,
    })
}

/// `(name, protocol, bits)`, or None before the handshake.
fn cipher(vm: &mut Vm, args: Args) -> Outcome {
    let Some(connection) = this(vm, &args)?.connection() else { return Ok(Ref::NONE) };
    let (Some(suite), Some(version)) = (connection.negotiated_cipher_suite(), connection.protocol_version()) else {
        return Ok(Ref::NONE);
    };
    let Some((name, bits)) = suite_name(suite.suite()) else { return Ok(Ref::NONE) };
    Ok(Ref::tuple(vec![Ref::str(name), version_text(version), Ref::int(bits)]))
}

/// The application protocol that was agreed on, or None.
fn alpn(vm: &mut Vm, args: Args) -> Outcome {
    let protocol = this(vm, &args)?.connection().and_then(|connection| connection.alpn_protocol());
    Ok(protocol.map_or(Ref::NONE, |protocol| Ref::str(&String::from_utf8_lossy(protocol))))
}

/// The other side's certificate as it was sent if `der`, else as a dict: an empty one if it was not checked. None if there is
/// none.
fn peer_certificate(vm: &mut Vm, args: Args) -> Outcome {
    let der = vm.truth(args.values[1])?;
    let session = this(vm, &args)?;
    let Some(leaf) = session.connection().and_then(|c| c.peer_certificates()?.first()) else { return Ok(Ref::NONE) };
    if der {
        return Ok(Ref::bytes(leaf.to_vec()));
    }
    if !session.verifier.checks {
        return Ok(Dict::alloc(Dict::new()));
    }
    Ok(Certificate::parse(leaf).unwrap_or_default().to_dict())
}

/// All certificates that the other side sent.
fn peer_chain(vm: &mut Vm, args: Args) -> Outcome {
    let chain = this(vm, &args)?.connection().and_then(|connection| connection.peer_certificates()).unwrap_or(&[]);
    Ok(Ref::list(chain.iter().map(|der: &CertificateDer| Ref::bytes(der.to_vec())).collect()))
}
