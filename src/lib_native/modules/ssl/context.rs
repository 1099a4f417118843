//! `_ssl.Context`: whom to believe and what to show of oneself; it makes the sessions. Configurations are made when the first
//! session is, and kept until something changes.

use super::certificate::Certificate;
use super::failure::Failure;
use super::session::Session;
use super::types;
use super::verify::{Trust, Verifier};
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, Error, InconsistentKeys, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

natives! { METHODS;
    "__new__", new, 1, 1;
    "load_identity", load_identity, 3, 3;
    "load_roots", load_roots, 3, 3;
    "use_usual_roots", use_usual_roots, 1, 1;
    "roots", roots, 2, 2;
    "session", session, 4, 4;
}

/// What a session is made by, besides certificates.
#[derive(Clone, PartialEq)]
struct Wishes {
    server: bool,
    /// CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED.
    verify_mode: i64,
    tls12: bool,
    tls13: bool,
    alpn: Vec<Vec<u8>>,
}

/// What was made for the last session.
enum Made {
    Client(Box<ClientConfig>),
    Server(Arc<ServerConfig>, Arc<Verifier>),
}

pub struct Context {
    provider: Arc<CryptoProvider>,
    trust: Arc<Trust>,
    identity: Option<Arc<CertifiedKey>>,
    made: Option<(Wishes, Made)>,
}

impl OpaqueData for Context {}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else { return Err(vm.type_error("a type is needed")) };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(Ref::opaque(class, Context { provider, trust: Arc::new(Trust::nobody()), identity: None, made: None }))
}

fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Context> {
    match args.values[0].opaque::<Context>() {
        Some(context) => Ok(context),
        None => Err(vm.type_error("a TLS context is needed")),
    }
}

/// Certificates of a PEM text; what else is in it is passed over. None if one is damaged.
pub fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()
}

/// `load_identity(certificates, key)`: PEM texts of one's own certificate with those that vouch for it, and of its key. A
/// failure, or None.
fn load_identity(vm: &mut Vm, args: Args) -> Outcome {
    let (chain, key) = (args.values[1].as_bytes().unwrap_or_default(), args.values[2].as_bytes().unwrap_or_default());
    let context = this(vm, &args)?;
    Ok(match identity(chain, key, &context.provider) {
        Ok(identity) => {
            context.identity = Some(Arc::new(identity));
            context.made = None;
            Ref::NONE
        }
        Err(failure) => failure.to_value(),
    })
}

fn identity(chain: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<CertifiedKey, Failure> {
    let unreadable = || Failure::of("SSL", "PEM_LIB");
    let chain = certificates(chain).filter(|chain| !chain.is_empty()).ok_or_else(unreadable)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| unreadable())?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => Failure::of("X509", "KEY_VALUES_MISMATCH"),
        other => Failure::new(&other, None),
    })
}

/// `load_roots(data, is_pem)`: believes the certificates in a PEM text or in a row of DER ones. A failure, or None.
fn load_roots(vm: &mut Vm, args: Args) -> Outcome {
    let data = args.values[1].as_bytes().unwrap_or_default();
    let is_pem = vm.truth(args.values[2])?;
    let found = if is_pem { certificates(data) } else { super::certificate::split(data) };
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        return Ok(Failure::of("X509", "NO_CERTIFICATE_OR_CRL_FOUND").to_value());
    };
    let context = this(vm, &args)?;
    let mut roots = RootCertStore::clone(&context.trust.roots);
    let mut loaded = context.trust.loaded.clone();
    for certificate in found {
        if !loaded.contains(&certificate) {
            // One that cannot vouch for others is still believed as it stands.
            let _ = roots.add(certificate.clone());
            loaded.push(certificate);
        }
    }
    context.trust = Arc::new(Trust { roots: Arc::new(roots), loaded });
    context.made = None;
    Ok(Ref::NONE)
}

/// Believes those whom Mozilla believes.
fn use_usual_roots(vm: &mut Vm, args: Args) -> Outcome {
    let context = this(vm, &args)?;
    let mut roots = RootCertStore::clone(&context.trust.roots);
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    context.trust = Arc::new(Trust { roots: Arc::new(roots), loaded: context.trust.loaded.clone() });
    context.made = None;
    Ok(Ref::NONE)
}

/// The certificates that were loaded, as dicts or as they are encoded.
fn roots(vm: &mut Vm, args: Args) -> Outcome {
    let der = vm.truth(args.values[1])?;
    let loaded = this(vm, &args)?.trust.loaded.iter();
    Ok(Ref::list(match der {
        true => loaded.map(|root| Ref::bytes(root.to_vec())).collect(),
        false => loaded.filter_map(|root| Some(Certificate::parse(root)?.to_dict())).collect(),
    }))
}

/// `session(wishes, server_hostname, check_hostname)`, wishes being `(server_side, verify_mode, tls12, tls13, alpn)`.
/// A session, or a failure.
fn session(vm: &mut Vm, args: Args) -> Outcome {
    let wishes = wishes(vm, args.values[1])?;
    let host = args.values[2].as_str().map(str::to_owned);
    let check_hostname = vm.truth(args.values[3])?;
    let class = types(vm)?;
    let context = this(vm, &args)?;
    let made = match context.made.take() {
        Some((for_these, made)) if for_these == wishes => Ok(made),
        _ => context.make(&wishes),
    };
    let begun = made.and_then(|made| {
        let (session, made) = context.begin(&wishes, made, host, check_hostname)?;
        context.made = Some((wishes, made));
        Ok(session)
    });
    Ok(match begun {
        Ok(session) => Ref::opaque(class, session),
        Err(error) => Failure::new(&error, None).to_value(),
    })
}

fn wishes(vm: &mut Vm, value: Value) -> Outcome<Wishes> {
    let Some([server, verify_mode, tls12, tls13, alpn]) = value.as_sequence() else {
        return Err(vm.type_error("five wishes are needed"));
    };
    let alpn = alpn.as_sequence().unwrap_or_default();
    Ok(Wishes {
        server: vm.truth(**server)?,
        verify_mode: vm.index(**verify_mode)?,
        tls12: vm.truth(**tls12)?,
        tls13: vm.truth(**tls13)?,
        alpn: alpn.iter().filter_map(|protocol| Some(protocol.as_bytes()?.to_vec())).collect(),
    })
}

impl Context {
    fn make(&self, wishes: &Wishes) -> Result<Made, Error> {
        let versions: Vec<_> =
            [(wishes.tls13, &TLS13), (wishes.tls12, &TLS12)].into_iter().filter(|v| v.0).map(|v| v.1).collect();
        if wishes.server {
            return self.make_server(wishes, &versions);
        }
        let builder = ClientConfig::builder_with_provider(self.provider.clone()).with_protocol_versions(&versions)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(self.client_verifier(wishes, None));
        let mut config = match &self.identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.clone()))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = wishes.alpn.clone();
        // Each connection checks the certificate, as in CPython.
        config.resumption = Resumption::disabled();
        Ok(Made::Client(Box::new(config)))
    }

    fn make_server(
        &self,
        wishes: &Wishes,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Result<Made, Error> {
        let (checks, mandatory) = (wishes.verify_mode > 0, wishes.verify_mode > 1);
        let verifier = Arc::new(Verifier::for_server(self.trust.clone(), checks, mandatory, &self.provider));
        let builder = ServerConfig::builder_with_provider(self.provider.clone()).with_protocol_versions(versions)?;
        let resolver: Arc<dyn ResolvesServerCert> = match &self.identity {
            Some(identity) => Arc::new(SingleCertAndKey::from(identity.clone())),
            None => Arc::new(rustls::server::ResolvesServerCertUsingSni::new()),
        };
        let mut config = builder.with_client_cert_verifier(verifier.clone()).with_cert_resolver(resolver);
        config.alpn_protocols = wishes.alpn.clone();
        if checks {
            // A resumed session has no certificates to look at.
            config.session_storage = Arc::new(NoServerSessionStorage {});
        }
        Ok(Made::Server(Arc::new(config), verifier))
    }

    fn client_verifier(&self, wishes: &Wishes, host: Option<String>) -> Arc<Verifier> {
        let algorithms = self.provider.signature_verification_algorithms;
        Arc::new(Verifier::for_client(self.trust.clone(), wishes.verify_mode > 0, host, algorithms))
    }

    /// A session of what was made; gives that back.
    fn begin(
        &self,
        wishes: &Wishes,
        made: Made,
        host: Option<String>,
        check_hostname: bool,
    ) -> Result<(Session, Made), Error> {
        match made {
            Made::Server(config, verifier) => {
                Ok((Session::server(config.clone(), verifier.clone()), Made::Server(config, verifier)))
            }
            Made::Client(config) => {
                // An address, or what cannot be a name, is not told to the server.
                let unnamed = ServerName::IpAddress(IpAddr::from(Ipv4Addr::UNSPECIFIED).into());
                let name = host.clone().and_then(|host| ServerName::try_from(host).ok()).unwrap_or(unnamed);
                let verifier = self.client_verifier(wishes, host.filter(|_| check_hostname));
                let mut own = ClientConfig::clone(&config);
                own.dangerous().set_certificate_verifier(verifier.clone());
                let connection = ClientConnection::new(Arc::new(own), name)?;
                Ok((Session::client(connection, verifier), Made::Client(config)))
            }
        }
    }
}
