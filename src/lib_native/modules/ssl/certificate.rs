//! X.509 certificates (RFC 5280) as far as programs see them: names, validity, and where to ask about them. Whether a
//! certificate is to be trusted is decided elsewhere (`verify`); what cannot be read here is left out.

use crate::object::algo::calendar::{MONTHS, civil_from_days, days_from_civil};
use crate::object::dict::Dict;
use crate::object::{Ref, atom};
use rustls_pki_types::CertificateDer;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A relative distinguished name: pairs of attribute and value.
type Rdn = Vec<(String, String)>;

/// What a certificate says.
#[derive(Debug, Default)]
pub struct Certificate {
    /// Counted from 1.
    version: u8,
    /// In hexadecimal digits.
    serial: String,
    /// As encoded, for comparison.
    issuer_der: Vec<u8>,
    subject_der: Vec<u8>,
    issuer: Vec<Rdn>,
    subject: Vec<Rdn>,
    /// Seconds since 1970.
    pub not_before: i64,
    pub not_after: i64,
    /// Alternative names of the subject: kind and text.
    names: Vec<(&'static str, String)>,
    ocsp: Vec<String>,
    ca_issuers: Vec<String>,
    crl_points: Vec<String>,
}

/// A DER element: its tag and its content.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// Head and content.
    whole: &'a [u8],
}

/// Reads DER elements one after the other.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let all = self.0;
        let (&tag, rest) = all.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag, content, whole: &all[..all.len() - rest.len()] })
    }
}

impl<'a> Element<'a> {
    fn children(self) -> Elements<'a> {
        Elements(self.content)
    }

    /// An object identifier with dots.
    fn oid(self) -> String {
        let mut parts: Vec<u64> = Vec::new();
        let mut number = 0u64;
        for byte in self.content {
            number = number.checked_shl(7).unwrap_or(0) | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                if parts.is_empty() {
                    let first = (number / 40).min(2);
                    parts.extend([first, number - 40 * first]);
                } else {
                    parts.push(number);
                }
                number = 0;
            }
        }
        parts.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
    }

    /// A character string of any kind.
    fn text(self) -> String {
        const BMP: u8 = 0x1e;
        const UNIVERSAL: u8 = 0x1c;
        const LATIN: u8 = 0x14;
        match self.tag {
            BMP => {
                let units: Vec<u16> = self.content.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
                String::from_utf16_lossy(&units)
            }
            UNIVERSAL => {
                let code = |c: &[u8]| char::from_u32(u32::from_be_bytes([c[0], c[1], c[2], c[3]]));
                self.content.chunks_exact(4).filter_map(code).collect()
            }
            LATIN => self.content.iter().map(|b| char::from(*b)).collect(),
            _ => String::from_utf8_lossy(self.content).into_owned(),
        }
    }

    /// A time, in seconds since 1970.
    fn time(self) -> Option<i64> {
        const UTC_TIME: u8 = 0x17;
        let text = std::str::from_utf8(self.content).ok()?;
        let (year, rest) = text.split_at_checked(if self.tag == UTC_TIME { 2 } else { 4 })?;
        let year: i64 = year.parse().ok()?;
        let year = match self.tag {
            UTC_TIME if year < 50 => 2000 + year,
            UTC_TIME => 1900 + year,
            _ => year,
        };
        let part = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
        let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
        Some(days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second)
    }
}

/// `Nov  5 19:05:57 2026 GMT`
fn time_text(seconds: i64) -> String {
    let (days, left) = (seconds.div_euclid(86400), seconds.rem_euclid(86400));
    let (year, month, day) = civil_from_days(days);
    let name = &MONTHS[month as usize - 1][..3];
    format!("{name} {day:2} {:02}:{:02}:{:02} {year} GMT", left / 3600, left / 60 % 60, left % 60)
}

/// What OpenSSL calls an attribute of a name; an unknown one is called by its number.
fn attribute_name(oid: String) -> String {
    let name = match oid.as_str() {
        "2.5.4.3" => "commonName",
        "2.5.4.4" => "surname",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "countryName",
        "2.5.4.7" => "localityName",
        "2.5.4.8" => "stateOrProvinceName",
        "2.5.4.9" => "streetAddress",
        "2.5.4.10" => "organizationName",
        "2.5.4.11" => "organizationalUnitName",
        "2.5.4.12" => "title",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.41" => "name",
        "2.5.4.42" => "givenName",
        "2.5.4.43" => "initials",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.65" => "pseudonym",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "userId",
        "0.9.2342.19200300.100.1.25" => "domainComponent",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionLocalityName",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionStateOrProvinceName",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionCountryName",
        _ => return oid,
    };
    name.to_owned()
}

/// A distinguished name.
fn name(element: Element) -> Vec<Rdn> {
    let pair = |attribute: Element| {
        let mut parts = attribute.children();
        Some((attribute_name(parts.next()?.oid()), parts.next()?.text()))
    };
    element.children().map(|rdn| rdn.children().filter_map(pair).collect()).collect()
}

/// The kind and the text of a GeneralName.
fn general_name(element: Element) -> Option<(&'static str, String)> {
    Some(match element.tag & 0x1f {
        1 => ("email", element.text()),
        2 => ("DNS", element.text()),
        4 => ("DirName", format!("{:?}", name(element.children().next()?))),
        6 => ("URI", element.text()),
        7 => ("IP Address", address_text(element.content)),
        8 => ("Registered ID", element.oid()),
        _ => return None,
    })
}

fn address_text(bytes: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Ipv4Addr::from(four).to_string();
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(sixteen) => Ipv6Addr::from(sixteen).segments().map(|part| format!("{part:X}")).join(":"),
        Err(_) => "<invalid>".to_owned(),
    }
}

impl Certificate {
    /// Reads a certificate; None if it is none.
    pub fn parse(der: &[u8]) -> Option<Certificate> {
        const VERSION: u8 = 0xa0;
        const EXTENSIONS: u8 = 0xa3;
        let signed = Elements(der).next()?.children().next()?;
        let mut parts = signed.children().peekable();
        let mut certificate = Certificate { version: 1, ..Certificate::default() };
        if let Some(version) = parts.next_if(|part| part.tag == VERSION) {
            certificate.version = version.children().next()?.content.last()?.saturating_add(1);
        }
        let serial: String = parts.next()?.content.iter().map(|byte| format!("{byte:02X}")).collect();
        // OpenSSL shows whole bytes, without the one that only keeps the number positive.
        certificate.serial = match serial.strip_prefix("00") {
            Some(rest) if !rest.is_empty() => rest.to_owned(),
            _ => serial,
        };
        let (_algorithm, issuer, validity, subject, _key) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (certificate.issuer_der, certificate.subject_der) = (issuer.whole.to_vec(), subject.whole.to_vec());
        (certificate.issuer, certificate.subject) = (name(issuer), name(subject));
        let mut times = validity.children();
        (certificate.not_before, certificate.not_after) = (times.next()?.time()?, times.next()?.time()?);
        if let Some(extensions) = parts.find(|part| part.tag == EXTENSIONS)
            && let Some(list) = extensions.children().next()
        {
            list.children().for_each(|extension| certificate.extension(extension));
        }
        Some(certificate)
    }

    /// Takes in an extension, if it is one of those that are shown.
    fn extension(&mut self, extension: Element) {
        const OCTETS: u8 = 4;
        let mut parts = extension.children();
        let Some(oid) = parts.next().map(Element::oid) else { return };
        let Some(value) = parts.find(|part| part.tag == OCTETS).and_then(|octets| octets.children().next()) else {
            return;
        };
        match oid.as_str() {
            "2.5.29.17" => self.names = value.children().filter_map(general_name).collect(),
            "2.5.29.31" => self.crl_points = value.children().flat_map(point_uris).collect(),
            "1.3.6.1.5.5.7.1.1" => {
                for access in value.children() {
                    let mut parts = access.children();
                    let (Some(method), Some(place)) = (parts.next(), parts.next()) else { continue };
                    let Some(("URI", uri)) = general_name(place) else { continue };
                    match method.oid().as_str() {
                        "1.3.6.1.5.5.7.48.1" => self.ocsp.push(uri),
                        "1.3.6.1.5.5.7.48.2" => self.ca_issuers.push(uri),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// It names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.issuer_der == self.subject_der
    }

    /// The common name, where it counts as the name of a host: if there is no alternative name that is one.
    pub fn host_by_common_name(&self) -> Option<&str> {
        if self.names.iter().any(|(kind, _)| *kind == "DNS") {
            return None;
        }
        let (_, value) = self.subject.iter().flatten().find(|(attribute, _)| attribute == "commonName")?;
        Some(value)
    }

    /// As `getpeercert()` shows it.
    pub fn to_dict(&self) -> Ref {
        let mut dict = Dict::new();
        let mut set = |key: &str, value: Ref| drop(dict.set_atom(atom::intern(key), value));
        set("subject", name_value(&self.subject));
        set("issuer", name_value(&self.issuer));
        set("version", Ref::int(i64::from(self.version)));
        set("serialNumber", Ref::str(&self.serial));
        set("notBefore", Ref::str(&time_text(self.not_before)));
        set("notAfter", Ref::str(&time_text(self.not_after)));
        if !self.names.is_empty() {
            let pair = |(kind, text): &(&str, String)| Ref::tuple(vec![Ref::str(kind), Ref::str(text)]);
            set("subjectAltName", Ref::tuple(self.names.iter().map(pair).collect()));
        }
        for (key, uris) in
            [("OCSP", &self.ocsp), ("caIssuers", &self.ca_issuers), ("crlDistributionPoints", &self.crl_points)]
        {
            if !uris.is_empty() {
                set(key, Ref::tuple(uris.iter().map(|uri| Ref::str(uri)).collect()));
            }
        }
        Dict::alloc(dict)
    }
}

/// The URIs of a DistributionPoint: in its fullName, which is in its distributionPoint.
fn point_uris(point: Element) -> Vec<String> {
    let full_names = point.children().take(1).flat_map(Element::children).filter(|part| part.tag == 0xa0);
    let names = full_names.flat_map(Element::children).filter_map(general_name);
    names.filter(|(kind, _)| *kind == "URI").map(|(_, uri)| uri).collect()
}

fn name_value(name: &[Rdn]) -> Ref {
    let pair = |(attribute, value): &(String, String)| Ref::tuple(vec![Ref::str(attribute), Ref::str(value)]);
    let rdn = |rdn: &Rdn| Ref::tuple(rdn.iter().map(pair).collect());
    Ref::tuple(name.iter().map(rdn).collect())
}

/// The certificates of a row of encoded ones; None if there is anything else.
pub fn split(der: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let mut elements = Elements(der);
    let found: Vec<_> = elements.by_ref().map(|element| CertificateDer::from(element.whole.to_vec())).collect();
    let good = elements.0.is_empty() && found.iter().all(|der| Certificate::parse(der).is_some());
    good.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        let utc = Element { tag: 0x17, content: b"261125190557Z", whole: b"" };
        assert_eq!(utc.time().map(time_text).as_deref(), Some("Nov 25 19:05:57 2026 GMT"));
        let general = Element { tag: 0x18, content: b"21260203000000Z", whole: b"" };
        assert_eq!(general.time().map(time_text).as_deref(), Some("Feb  3 00:00:00 2126 GMT"));
        assert_eq!(days_from_civil(1970, 1, 1), 0);
        assert!(Element { tag: 0x17, content: b"2611", whole: b"" }.time().is_none());
    }

    #[test]
    fn cut_certificates_are_none() {
        assert!(Certificate::parse(b"").is_none());
        assert!(Certificate::parse(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_none());
        assert!(Certificate::parse(&[0x30, 0x02, 0x30, 0x00]).is_none());
    }
}
