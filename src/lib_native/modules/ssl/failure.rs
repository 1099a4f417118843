//! Failures of TLS in the words of OpenSSL, which programs know: the class of `ssl` to raise, its reason and its text.

use super::verify::Refusal;
use crate::object::Ref;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

/// What is raised.
#[derive(Debug, Clone)]
pub struct Failure {
    /// OpenSSL's part and constant, such as `SSL` and `WRONG_VERSION_NUMBER`.
    library: &'static str,
    reason: String,
    text: String,
    /// The other side's certificate was refused.
    refusal: Option<Refusal>,
}

impl Failure {
    /// A failure whose text is the reason in lower case.
    pub fn of(library: &'static str, reason: &str) -> Failure {
        let text = reason.to_ascii_lowercase().replace('_', " ");
        Failure { library, reason: reason.to_owned(), text, refusal: None }
    }

    /// A certificate that was refused.
    fn refused(refusal: Refusal) -> Failure {
        let text = format!("certificate verify failed: {}", refusal.text);
        Failure { text, refusal: Some(refusal), ..Failure::of("SSL", "CERTIFICATE_VERIFY_FAILED") }
    }

    /// What went wrong, and why a certificate was refused if one was.
    pub fn new(error: &Error, refusal: Option<Refusal>) -> Failure {
        if let Some(refusal) = refusal {
            return Failure::refused(refusal);
        }
        let reason = match error {
            Error::AlertReceived(alert) => return Failure::of("SSL", alert_reason(*alert)),
            Error::InvalidCertificate(CertificateError::BadEncoding) => "BAD_CERTIFICATE",
            Error::InvalidCertificate(reason) => {
                return Failure::refused(Refusal { code: 1, text: reason.to_string() });
            }
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::InvalidEmptyPayload
                | InvalidMessage::MessageTooLarge,
            ) => "WRONG_VERSION_NUMBER",
            Error::InvalidMessage(_) => "BAD_LENGTH",
            Error::NoCertificatesPresented => "PEER_DID_NOT_RETURN_A_CERTIFICATE",
            Error::DecryptError => "DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon) => "NO_SHARED_CIPHER",
            Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon) => "NO_SUITABLE_GROUPS",
            Error::PeerIncompatible(
                PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::Tls13RequiredForQuic
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::SupportedVersionsExtensionRequired,
            ) => "UNSUPPORTED_PROTOCOL",
            Error::PeerIncompatible(PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon) => {
                "NO_SUITABLE_SIGNATURE_ALGORITHM"
            }
            Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => "UNEXPECTED_MESSAGE",
            Error::PeerSentOversizedRecord => "DATA_LENGTH_TOO_LONG",
            other => return Failure { text: other.to_string(), ..Failure::of("SSL", "") },
        };
        Failure::of("SSL", reason)
    }

    /// `(library, reason, text, verify_code, verify_message)` for the module `ssl`; the last two are None where no
    /// certificate was refused, the reason where there is no constant for it.
    pub fn to_value(&self) -> Ref {
        let reason = if self.reason.is_empty() { Ref::NONE } else { Ref::str(&self.reason) };
        let (code, message) = match &self.refusal {
            Some(refusal) => (Ref::int(refusal.code), Ref::str(&refusal.text)),
            None => (Ref::NONE, Ref::NONE),
        };
        Ref::tuple(vec![Ref::str(self.library), reason, Ref::str(&self.text), code, message])
    }
}

/// OpenSSL's constant for an alert of the other side: named after the protocol that brought it.
fn alert_reason(alert: AlertDescription) -> &'static str {
    use AlertDescription as A;
    match alert {
        A::UnexpectedMessage => "SSLV3_ALERT_UNEXPECTED_MESSAGE",
        A::BadRecordMac => "SSLV3_ALERT_BAD_RECORD_MAC",
        A::DecryptionFailed => "TLSV1_ALERT_DECRYPTION_FAILED",
        A::RecordOverflow => "TLSV1_ALERT_RECORD_OVERFLOW",
        A::DecompressionFailure => "SSLV3_ALERT_DECOMPRESSION_FAILURE",
        A::HandshakeFailure => "SSLV3_ALERT_HANDSHAKE_FAILURE",
        A::NoCertificate => "SSLV3_ALERT_NO_CERTIFICATE",
        A::BadCertificate => "SSLV3_ALERT_BAD_CERTIFICATE",
        A::UnsupportedCertificate => "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        A::CertificateRevoked => "SSLV3_ALERT_CERTIFICATE_REVOKED",
        A::CertificateExpired => "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        A::CertificateUnknown => "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        A::IllegalParameter => "SSLV3_ALERT_ILLEGAL_PARAMETER",
        A::UnknownCA => "TLSV1_ALERT_UNKNOWN_CA",
        A::AccessDenied => "TLSV1_ALERT_ACCESS_DENIED",
        A::DecodeError => "TLSV1_ALERT_DECODE_ERROR",
        A::DecryptError => "TLSV1_ALERT_DECRYPT_ERROR",
        A::ExportRestriction => "TLSV1_ALERT_EXPORT_RESTRICTION",
        A::ProtocolVersion => "TLSV1_ALERT_PROTOCOL_VERSION",
        A::InsufficientSecurity => "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        A::InternalError => "TLSV1_ALERT_INTERNAL_ERROR",
        A::InappropriateFallback => "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
        A::UserCanceled => "TLSV1_ALERT_USER_CANCELLED",
        A::NoRenegotiation => "TLSV1_ALERT_NO_RENEGOTIATION",
        A::MissingExtension => "TLSV13_ALERT_MISSING_EXTENSION",
        A::UnsupportedExtension => "TLSV1_UNSUPPORTED_EXTENSION",
        A::CertificateUnobtainable => "TLSV1_CERTIFICATE_UNOBTAINABLE",
        A::UnrecognisedName => "TLSV1_UNRECOGNIZED_NAME",
        A::BadCertificateStatusResponse => "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE",
        A::BadCertificateHashValue => "TLSV1_BAD_CERTIFICATE_HASH_VALUE",
        A::UnknownPSKIdentity => "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY",
        A::CertificateRequired => "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        A::NoApplicationProtocol => "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        _ => "UNKNOWN_ALERT_TYPE",
    }
}
