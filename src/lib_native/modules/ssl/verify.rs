//! Whether the other side's certificate is good: the chain by webpki, and what OpenSSL, which programs know, sees otherwise:
//! a certificate that is itself trusted, a host named by the common name alone, the codes and texts of failures.

use super::certificate::Certificate;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Who is believed.
#[derive(Debug)]
pub struct Trust {
    pub roots: Arc<RootCertStore>,
    /// Certificates that the program loaded: each is also believed as it stands.
    pub loaded: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Nobody is.
    pub fn nobody() -> Trust {
        Trust { roots: Arc::new(RootCertStore::empty()), loaded: Vec::new() }
    }
}

/// Why a certificate was refused: OpenSSL's number and text.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub code: i64,
    pub text: String,
}

/// Checks certificates of one connection.
#[derive(Debug)]
pub struct Verifier {
    pub trust: Arc<Trust>,
    /// Certificates are checked at all.
    pub checks: bool,
    /// A client must show one.
    pub mandatory: bool,
    /// The host that the certificate must name.
    pub host: Option<String>,
    algorithms: WebPkiSupportedAlgorithms,
    /// Checks clients; None if nobody is believed.
    clients: Option<Arc<dyn ClientCertVerifier>>,
    refusal: Mutex<Option<Refusal>>,
}

fn is_late(error: &Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    matches!(
        error,
        Error::InvalidCertificate(Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. })
    )
}

impl Verifier {
    /// A verifier for a client's connection.
    pub fn for_client(
        trust: Arc<Trust>,
        checks: bool,
        host: Option<String>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Verifier { trust, checks, mandatory: true, host, algorithms, clients: None, refusal: Mutex::default() }
    }

    /// A verifier for the connections of a server.
    pub fn for_server(
        trust: Arc<Trust>,
        checks: bool,
        mandatory: bool,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Self {
        let builder = WebPkiClientVerifier::builder_with_provider(trust.roots.clone(), provider.clone());
        let algorithms = provider.signature_verification_algorithms;
        let clients = builder.build().ok();
        Verifier { trust, checks, mandatory, host: None, algorithms, clients, refusal: Mutex::default() }
    }

    /// Why the last certificate was refused.
    pub fn take_refusal(&self) -> Option<Refusal> {
        self.refusal.lock().ok()?.take()
    }

    fn refuse(&self, code: i64, text: impl Into<String>, error: Error) -> Error {
        if let Ok(mut refusal) = self.refusal.lock() {
            *refusal = Some(Refusal { code, text: text.into() });
        }
        error
    }

    /// The checks in the order of OpenSSL: the chain, the purpose, the name, the time.
    fn check(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
        chain: &dyn Fn(UnixTime) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let seen = Certificate::parse(leaf).unwrap_or_default();
        let itself = self.trust.loaded.iter().any(|own| own == leaf);
        let result = match if itself { in_time(&seen, now) } else { chain(now) } {
            // It may also be refused for what it is, such as the certificate of an authority.
            Err(_) if seen.is_self_issued() && !itself => Err(CertificateError::UnknownIssuer.into()),
            result => result,
        };
        match &result {
            Err(error) if !is_late(error) => return Err(self.refuse_chain(error.clone(), &seen, rest)),
            Err(_) => {
                let then = UnixTime::since_unix_epoch(Duration::from_secs(seen.not_before.max(0) as u64));
                if let Err(error @ Error::InvalidCertificate(CertificateError::UnknownIssuer)) = chain(then)
                    && !itself
                {
                    return Err(self.refuse_chain(error, &seen, rest));
                }
            }
            Ok(()) => {}
        }
        self.check_host(leaf, &seen)?;
        result.map_err(|error| self.refuse_chain(error, &seen, rest))
    }

    fn refuse_chain(&self, error: Error, leaf: &Certificate, rest: &[CertificateDer<'_>]) -> Error {
        use CertificateError as E;
        let Error::InvalidCertificate(reason) = &error else { return error };
        let is_self_issued = |der: &CertificateDer| Certificate::parse(der).is_some_and(|c| c.is_self_issued());
        let (code, text) = match reason {
            E::UnknownIssuer if leaf.is_self_issued() => (18, "self-signed certificate".to_owned()),
            E::UnknownIssuer if rest.iter().any(is_self_issued) => {
                (19, "self-signed certificate in certificate chain".to_owned())
            }
            E::UnknownIssuer => (20, "unable to get local issuer certificate".to_owned()),
            E::BadSignature => (7, "certificate signature failure".to_owned()),
            E::NotValidYet | E::NotValidYetContext { .. } => (9, "certificate is not yet valid".to_owned()),
            E::Expired | E::ExpiredContext { .. } => (10, "certificate has expired".to_owned()),
            E::Revoked => (23, "certificate revoked".to_owned()),
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => (26, "unsuitable certificate purpose".to_owned()),
            E::UnhandledCriticalExtension => (34, "unhandled critical extension".to_owned()),
            other => (1, format!("unspecified certificate verification error: {other}")),
        };
        self.refuse(code, text, error)
    }

    fn check_host(&self, leaf: &CertificateDer<'_>, seen: &Certificate) -> Result<(), Error> {
        let Some(host) = &self.host else { return Ok(()) };
        let parsed = ParsedCertificate::try_from(leaf)?;
        let named = ServerName::try_from(host.as_str()).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok());
        let is_address = host.parse::<IpAddr>().is_ok();
        if named || !is_address && seen.host_by_common_name().is_some_and(|name| names_host(name, host)) {
            return Ok(());
        }
        let (code, what) = if is_address { (64, "IP address") } else { (62, "Hostname") };
        let text = format!("{what} mismatch, certificate is not valid for '{host}'.");
        Err(self.refuse(code, text, CertificateError::NotValidForName.into()))
    }
}

/// The certificate's own dates.
fn in_time(seen: &Certificate, now: UnixTime) -> Result<(), Error> {
    let now = now.as_secs() as i64;
    match (now < seen.not_before, now > seen.not_after) {
        (true, _) => Err(CertificateError::NotValidYet.into()),
        (_, true) => Err(CertificateError::Expired.into()),
        _ => Ok(()),
    }
}

/// A common name, which may begin with `*.` for one label, names the host.
fn names_host(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(host),
    }
}

/// How signatures are checked, which is the same for both sides.
macro_rules! signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(message, cert, dss, &self.algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, cert, dss, &self.algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.checks {
            let chain = |time| {
                let parsed = ParsedCertificate::try_from(end_entity)?;
                let (roots, algorithms) = (&self.trust.roots, self.algorithms.all);
                verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, time, algorithms)
            };
            self.check(end_entity, intermediates, now, &chain)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    signatures!();
}

impl ClientCertVerifier for Verifier {
    fn offer_client_auth(&self) -> bool {
        self.checks
    }

    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.clients.as_ref().map_or(&[], |clients| clients.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain = |time| match &self.clients {
            Some(clients) => clients.verify_client_cert(end_entity, intermediates, time).map(|_| ()),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        self.check(end_entity, intermediates, now, &chain)?;
        Ok(ClientCertVerified::assertion())
    }

    signatures!();
}
