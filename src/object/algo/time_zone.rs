//! The local time zone: TZif files (RFC 8536), read once.

/// The rules of a zone: offsets from moments on.
#[derive(Clone, Debug)]
pub struct Zone {
    /// UTC seconds from which on the offset with that index holds.
    transitions: Vec<(i64, usize)>,
    /// Seconds east of UTC, daylight saving, abbreviation.
    offsets: Vec<(i64, bool, String)>,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone { transitions: Vec::new(), offsets: vec![(0, false, "UTC".to_owned())] }
    }

    /// The zone that `TZ` or the system's configuration names; UTC if there is none.
    pub fn local() -> Zone {
        let path = match std::env::var("TZ") {
            Ok(name) if name.is_empty() => return Zone::utc(),
            Ok(name) => {
                let name = name.trim_start_matches(':');
                if name.starts_with('/') { name.to_owned() } else { format!("/usr/share/zoneinfo/{name}") }
            }
            Err(_) => "/etc/localtime".to_owned(),
        };
        std::fs::read(path).ok().and_then(|bytes| Zone::parse(&bytes)).unwrap_or_else(Zone::utc)
    }

    /// Reads a TZif file; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Zone> {
        if bytes.get(..4)? != b"TZif" {
            return None;
        }
        let first = Block::at(bytes, 0, 4)?;
        if bytes[4] >= b'2' { Block::at(bytes, first.end, 8)?.zone(bytes) } else { first.zone(bytes) }
    }

    /// Offset, daylight saving and abbreviation at a moment.
    pub fn at(&self, seconds: i64) -> (i64, bool, &str) {
        let index = match self.transitions.partition_point(|(from, _)| *from <= seconds) {
            0 => self.offsets.iter().position(|(_, dst, _)| !dst).unwrap_or(0),
            n => self.transitions[n - 1].1,
        };
        self.offsets.get(index).map_or((0, false, "UTC"), |(offset, dst, name)| (*offset, *dst, name))
    }

    /// Standard and daylight offsets with their names, as of the latest rules.
    pub fn names(&self) -> ((i64, &str), (i64, &str)) {
        let used = || self.transitions.iter().rev().filter_map(|(_, i)| self.offsets.get(*i)).chain(&self.offsets);
        let find = |wanted: bool| used().find(|(_, dst, _)| *dst == wanted).map(|(offset, _, name)| (*offset, &**name));
        let standard = find(false).unwrap_or((0, "UTC"));
        (standard, find(true).unwrap_or(standard))
    }
}

/// Where the parts of a data block are.
struct Block {
    times: usize,
    width: usize,
    time_count: usize,
    type_count: usize,
    end: usize,
}

impl Block {
    /// The block whose header is at `start`, with times of `width` bytes.
    fn at(bytes: &[u8], start: usize, width: usize) -> Option<Block> {
        let count = |i: usize| {
            let from = start + 20 + i * 4;
            Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?) as usize)
        };
        let (utc, standard, leap) = (count(0)?, count(1)?, count(2)?);
        let (time_count, type_count, char_count) = (count(3)?, count(4)?, count(5)?);
        let times = start + 44;
        let end = times + time_count * (width + 1) + type_count * 6 + char_count + leap * (width + 4) + standard + utc;
        Some(Block { times, width, time_count, type_count, end })
    }

    fn zone(&self, bytes: &[u8]) -> Option<Zone> {
        let indices = self.times + self.time_count * self.width;
        let types = indices + self.time_count;
        let names = types + self.type_count * 6;
        let time = |i: usize| {
            let raw = bytes.get(self.times + i * self.width..)?.get(..self.width)?;
            let negative = raw[0] & 0x80 != 0;
            Some(raw.iter().fold(if negative { -1i64 } else { 0 }, |value, byte| value << 8 | i64::from(*byte)))
        };
        let mut transitions = Vec::with_capacity(self.time_count);
        for i in 0..self.time_count {
            transitions.push((time(i)?, usize::from(*bytes.get(indices + i)?)));
        }
        let mut offsets = Vec::with_capacity(self.type_count);
        for i in 0..self.type_count {
            let entry = bytes.get(types + i * 6..types + i * 6 + 6)?;
            let offset = i32::from_be_bytes(entry[..4].try_into().ok()?);
            let name = bytes.get(names + usize::from(entry[5])..)?;
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            offsets.push((i64::from(offset), entry[4] != 0, String::from_utf8_lossy(name).into_owned()));
        }
        Some(Zone { transitions, offsets })
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn a_file_of_two_rules() {
        // Version 1: one transition at 100 s, offsets 0 "GMT" and 3600 "BST" (daylight saving).
        let mut file = b"TZif".to_vec();
        file.extend([0; 16]);
        for count in [0u32, 0, 0, 1, 2, 8] {
            file.extend(count.to_be_bytes());
        }
        file.extend(100u32.to_be_bytes());
        file.push(1);
        file.extend([0, 0, 0, 0, 0, 0, 0, 0, 0x0e, 0x10, 1, 4]);
        file.extend(b"GMT\0BST\0");
        let zone = Zone::parse(&file).expect("a zone");
        assert_eq!(zone.at(99), (0, false, "GMT"));
        assert_eq!(zone.at(100), (3600, true, "BST"));
        assert_eq!(zone.names(), ((0, "GMT"), (3600, "BST")));
        assert!(Zone::parse(b"no").is_none());
    }
}
