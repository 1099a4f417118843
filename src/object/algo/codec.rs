//! Text encodings: UTF-8, ASCII, Latin-1, UTF-16 and UTF-32, with the usual error handlers.
//!
//! A `str` of Coro is UTF-8 and holds no lone surrogates, so encoding to a UTF form cannot fail and `surrogateescape` can
//! decode nothing that is not valid.

/// An encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Utf8,
    /// With a byte order mark, which decoding takes off.
    Utf8Sig,
    Ascii,
    Latin1,
    /// With a byte order mark.
    Utf16,
    Utf16Le,
    Utf16Be,
    Utf32,
    Utf32Le,
    Utf32Be,
}

/// What to do with what cannot be encoded or decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnError {
    Strict,
    Ignore,
    Replace,
    Backslash,
    XmlCharRef,
}

/// Where and why a text or bytes failed: code points or bytes `start..end`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecFault {
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

impl Encoding {
    /// The encoding of that name, in any of its spellings.
    pub fn by_name(name: &str) -> Option<Encoding> {
        let name: String =
            name.chars().map(|c| if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() }).collect();
        Some(match name.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Encoding::Utf8,
            "utf_8_sig" | "utf8_sig" => Encoding::Utf8Sig,
            "ascii" | "us_ascii" | "646" => Encoding::Ascii,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "8859" | "l1" | "latin" | "cp819" => Encoding::Latin1,
            "utf_16" | "utf16" | "u16" => Encoding::Utf16,
            "utf_16_le" | "utf_16le" => Encoding::Utf16Le,
            "utf_16_be" | "utf_16be" => Encoding::Utf16Be,
            "utf_32" | "utf32" | "u32" => Encoding::Utf32,
            "utf_32_le" | "utf_32le" => Encoding::Utf32Le,
            "utf_32_be" | "utf_32be" => Encoding::Utf32Be,
            _ => return None,
        })
    }

    /// How errors name it.
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 | Encoding::Utf8Sig => "utf-8",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf16Le => "utf-16-le",
            Encoding::Utf16Be => "utf-16-be",
            Encoding::Utf32 => "utf-32",
            Encoding::Utf32Le => "utf-32-le",
            Encoding::Utf32Be => "utf-32-be",
        }
    }
}

impl OnError {
    /// The handler of that name.
    pub fn by_name(name: &str) -> Option<OnError> {
        Some(match name {
            "strict" | "surrogateescape" | "surrogatepass" => OnError::Strict,
            "ignore" => OnError::Ignore,
            "replace" => OnError::Replace,
            "backslashreplace" | "namereplace" => OnError::Backslash,
            "xmlcharrefreplace" => OnError::XmlCharRef,
            _ => return None,
        })
    }
}

/// `text.encode(encoding, errors)`.
///
/// # Errors
/// The characters that the encoding does not have, if the handler is strict.
pub fn encode(text: &str, encoding: Encoding, errors: OnError) -> Result<Vec<u8>, CodecFault> {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes);
    let utf32 = |bytes: fn(u32) -> [u8; 4]| text.chars().flat_map(move |c| bytes(c as u32));
    Ok(match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Sig => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Ascii => return encode_narrow(text, 0x80, "ordinal not in range(128)", errors),
        Encoding::Latin1 => return encode_narrow(text, 0x100, "ordinal not in range(256)", errors),
        Encoding::Utf16 => [0xff, 0xfe].into_iter().chain(utf16(u16::to_le_bytes)).collect(),
        Encoding::Utf16Le => utf16(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => utf16(u16::to_be_bytes).collect(),
        Encoding::Utf32 => [0xff, 0xfe, 0, 0].into_iter().chain(utf32(u32::to_le_bytes)).collect(),
        Encoding::Utf32Le => utf32(u32::to_le_bytes).collect(),
        Encoding::Utf32Be => utf32(u32::to_be_bytes).collect(),
    })
}

/// Encodings of one byte for each of the first `limit` code points.
fn encode_narrow(text: &str, limit: u32, reason: &'static str, errors: OnError) -> Result<Vec<u8>, CodecFault> {
    let mut out = Vec::with_capacity(text.len());
    let mut chars = text.chars().enumerate().peekable();
    while let Some((start, c)) = chars.next() {
        let code = c as u32;
        if code < limit {
            out.push(code as u8);
            continue;
        }
        match errors {
            OnError::Strict => {
                let mut end = start + 1;
                while chars.next_if(|(_, c)| *c as u32 >= limit).is_some() {
                    end += 1;
                }
                return Err(CodecFault { start, end, reason });
            }
            OnError::Ignore => {}
            OnError::Replace => out.push(b'?'),
            OnError::Backslash => out.extend(escape(code).into_bytes()),
            OnError::XmlCharRef => out.extend(format!("&#{code};").into_bytes()),
        }
    }
    Ok(out)
}

fn escape(code: u32) -> String {
    match code {
        0..0x100 => format!("\\x{code:02x}"),
        0x100..0x10000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

/// `bytes.decode(encoding, errors)`.
///
/// # Errors
/// The first bytes that the encoding does not allow, if the handler is strict.
pub fn decode(bytes: &[u8], encoding: Encoding, errors: OnError) -> Result<String, CodecFault> {
    match encoding {
        Encoding::Utf8 => decode_utf8(bytes, errors),
        Encoding::Utf8Sig => decode_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), errors),
        Encoding::Latin1 => Ok(bytes.iter().map(|&b| b as char).collect()),
        Encoding::Ascii => {
            let mut out = String::with_capacity(bytes.len());
            for (start, &byte) in bytes.iter().enumerate() {
                if byte < 0x80 {
                    out.push(byte as char);
                } else {
                    let fault = CodecFault { start, end: start + 1, reason: "ordinal not in range(128)" };
                    handle(fault, bytes, errors, &mut out)?;
                }
            }
            Ok(out)
        }
        Encoding::Utf16 => match bytes {
            [0xff, 0xfe, rest @ ..] => decode_utf16(rest, 2, u16::from_le_bytes, errors),
            [0xfe, 0xff, rest @ ..] => decode_utf16(rest, 2, u16::from_be_bytes, errors),
            _ => decode_utf16(bytes, 0, u16::from_le_bytes, errors),
        },
        Encoding::Utf16Le => decode_utf16(bytes, 0, u16::from_le_bytes, errors),
        Encoding::Utf16Be => decode_utf16(bytes, 0, u16::from_be_bytes, errors),
        Encoding::Utf32 => match bytes {
            [0xff, 0xfe, 0, 0, rest @ ..] => decode_utf32(rest, 4, u32::from_le_bytes, errors),
            [0, 0, 0xfe, 0xff, rest @ ..] => decode_utf32(rest, 4, u32::from_be_bytes, errors),
            _ => decode_utf32(bytes, 0, u32::from_le_bytes, errors),
        },
        Encoding::Utf32Le => decode_utf32(bytes, 0, u32::from_le_bytes, errors),
        Encoding::Utf32Be => decode_utf32(bytes, 0, u32::from_be_bytes, errors),
    }
}

/// Applies the handler to bytes that could not be decoded.
fn handle(fault: CodecFault, bytes: &[u8], errors: OnError, out: &mut String) -> Result<(), CodecFault> {
    match errors {
        OnError::Strict | OnError::XmlCharRef => return Err(fault),
        OnError::Ignore => {}
        OnError::Replace => out.push('\u{fffd}'),
        OnError::Backslash => {
            let end = fault.end.min(bytes.len());
            bytes[fault.start..end].iter().for_each(|&byte| out.push_str(&escape(byte.into())));
        }
    }
    Ok(())
}

fn decode_utf8(bytes: &[u8], errors: OnError) -> Result<String, CodecFault> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        let error = match std::str::from_utf8(&bytes[at..]) {
            Ok(text) => {
                out.push_str(text);
                return Ok(out);
            }
            Err(error) => error,
        };
        let start = at + error.valid_up_to();
        out.push_str(std::str::from_utf8(&bytes[at..start]).unwrap_or_default());
        let (end, reason) = match error.error_len() {
            None => (bytes.len(), "unexpected end of data"),
            // A byte that begins a sequence was followed by one that does not continue it.
            Some(length) if matches!(bytes[start], 0xc2..=0xf4) => (start + length, "invalid continuation byte"),
            Some(length) => (start + length, "invalid start byte"),
        };
        handle(CodecFault { start, end, reason }, bytes, errors, &mut out)?;
        at = end;
    }
}

fn decode_utf16(bytes: &[u8], skipped: usize, unit: fn([u8; 2]) -> u16, errors: OnError) -> Result<String, CodecFault> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut out = String::with_capacity(bytes.len());
    let mut at = skipped;
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(c) => {
                out.push(c);
                at += c.len_utf16() * 2;
            }
            Err(_) => {
                let fault = CodecFault { start: at, end: at + 2, reason: "illegal encoding" };
                handle(fault, bytes, errors, &mut out)?;
                at += 2;
            }
        }
    }
    if bytes.len() % 2 == 1 {
        let start = skipped + bytes.len() - 1;
        handle(CodecFault { start, end: start + 1, reason: "truncated data" }, bytes, errors, &mut out)?;
    }
    Ok(out)
}

fn decode_utf32(bytes: &[u8], skipped: usize, unit: fn([u8; 4]) -> u32, errors: OnError) -> Result<String, CodecFault> {
    let mut out = String::with_capacity(bytes.len());
    for (number, four) in bytes.chunks(4).enumerate() {
        let start = skipped + number * 4;
        let decoded = <[u8; 4]>::try_from(four).map(|four| char::from_u32(unit(four)));
        let reason = match decoded {
            Ok(Some(c)) => {
                out.push(c);
                continue;
            }
            Ok(None) => "code point not in range(0x110000)",
            Err(_) => "truncated data",
        };
        handle(CodecFault { start, end: start + four.len(), reason }, bytes, errors, &mut out)?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        let text = "aé中😀";
        for encoding in [Encoding::Utf8, Encoding::Utf8Sig, Encoding::Utf16, Encoding::Utf16Be, Encoding::Utf32] {
            let bytes = encode(text, encoding, OnError::Strict).unwrap_or_default();
            assert_eq!(decode(&bytes, encoding, OnError::Strict).as_deref(), Ok(text), "{encoding:?}");
        }
        assert_eq!(encode("é", Encoding::Latin1, OnError::Strict), Ok(vec![0xe9]));
        assert_eq!(Encoding::by_name("UTF-8"), Some(Encoding::Utf8));
    }

    #[test]
    fn faults() {
        let fault = |start, end, reason| Err(CodecFault { start, end, reason });
        assert_eq!(
            encode("aéé", Encoding::Ascii, OnError::Strict).map(|_| ()),
            fault(1, 3, "ordinal not in range(128)")
        );
        assert_eq!(encode("aé", Encoding::Ascii, OnError::Replace), Ok(b"a?".to_vec()));
        assert_eq!(encode("é中", Encoding::Ascii, OnError::Backslash), Ok(b"\\xe9\\u4e2d".to_vec()));
        let utf8 = |bytes: &[u8]| decode(bytes, Encoding::Utf8, OnError::Strict).map(|_| ());
        assert_eq!(utf8(b"a\xff"), fault(1, 2, "invalid start byte"));
        assert_eq!(utf8(b"\xe2\x82"), fault(0, 2, "unexpected end of data"));
        assert_eq!(utf8(b"\xe2("), fault(0, 1, "invalid continuation byte"));
        assert_eq!(decode(b"\xf0\x90\x80!", Encoding::Utf8, OnError::Replace).as_deref(), Ok("\u{fffd}!"));
    }
}
