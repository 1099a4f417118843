//! The proleptic Gregorian calendar, and dates by format (`strftime`, `strptime` in the C locale).

/// A broken-down time, as C's `struct tm` with Python's ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// 0 is Monday.
    pub weekday: i64,
    /// 1 to 366.
    pub yearday: i64,
    /// Daylight saving: 1, 0, or -1 for unknown.
    pub dst: i64,
    pub zone: String,
    /// Seconds east of UTC.
    pub offset: i64,
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Names of the months, in English; the first three letters are the short ones.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days from 1970-01-01 to a date.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl Moment {
    /// UTC seconds since 1970, shifted by an offset.
    pub fn at(seconds: i64, offset: i64, zone: &str, dst: i64) -> Moment {
        let local = seconds + offset;
        let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Moment {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 3).rem_euclid(7),
            yearday: days - days_from_civil(year, 1, 1) + 1,
            dst,
            zone: zone.to_owned(),
            offset,
        }
    }

    /// Seconds since 1970 if the moment is UTC; fields may be out of their ranges.
    pub fn seconds(&self) -> i64 {
        let months = self.year * 12 + self.month - 1;
        let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) + self.day - 1;
        days * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// ISO year and week number.
    fn iso_week(&self) -> (i64, i64) {
        let week = (self.yearday - 1 - self.weekday + 10).div_euclid(7);
        let weeks_in = |year: i64| {
            let first = (days_from_civil(year, 1, 1) + 3).rem_euclid(7);
            let leap = days_from_civil(year + 1, 1, 1) - days_from_civil(year, 1, 1) == 366;
            if first == 3 || (first == 2 && leap) { 53 } else { 52 }
        };
        match week {
            0 => (self.year - 1, weeks_in(self.year - 1)),
            week if week > weeks_in(self.year) => (self.year + 1, 1),
            week => (self.year, week),
        }
    }

    /// `Thu Jan  1 00:00:00 1970`
    pub fn asctime(&self) -> String {
        self.format("%a %b %e %H:%M:%S %Y")
    }

    /// `strftime`; unknown directives stay as they are.
    pub fn format(&self, format: &str) -> String {
        let mut out = String::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some(directive) => self.directive(directive, &mut out),
                None => out.push('%'),
            }
        }
        out
    }

    fn directive(&self, directive: char, out: &mut String) {
        let weekday = WEEKDAYS[self.weekday.rem_euclid(7) as usize];
        let month = MONTHS[(self.month - 1).rem_euclid(12) as usize];
        let hour12 = if self.hour % 12 == 0 { 12 } else { self.hour % 12 };
        let sunday_weeks = (self.yearday + 6 - (self.weekday + 1) % 7) / 7;
        let monday_weeks = (self.yearday + 6 - self.weekday) / 7;
        let text = match directive {
            'a' => weekday[..3].to_owned(),
            'A' => weekday.to_owned(),
            'b' | 'h' => month[..3].to_owned(),
            'B' => month.to_owned(),
            'c' => self.asctime(),
            'C' => format!("{:02}", self.year.div_euclid(100)),
            'd' => format!("{:02}", self.day),
            'D' | 'x' => self.format("%m/%d/%y"),
            'e' => format!("{:2}", self.day),
            'F' => self.format("%Y-%m-%d"),
            'g' => format!("{:02}", self.iso_week().0.rem_euclid(100)),
            'G' => self.iso_week().0.to_string(),
            'H' => format!("{:02}", self.hour),
            'I' => format!("{hour12:02}"),
            'j' => format!("{:03}", self.yearday),
            'k' => format!("{:2}", self.hour),
            'l' => format!("{hour12:2}"),
            'm' => format!("{:02}", self.month),
            'M' => format!("{:02}", self.minute),
            'n' => "\n".to_owned(),
            'p' => if self.hour < 12 { "AM" } else { "PM" }.to_owned(),
            'P' => if self.hour < 12 { "am" } else { "pm" }.to_owned(),
            'r' => self.format("%I:%M:%S %p"),
            'R' => self.format("%H:%M"),
            's' => (self.seconds() - self.offset).to_string(),
            'S' => format!("{:02}", self.second),
            't' => "\t".to_owned(),
            'T' | 'X' => self.format("%H:%M:%S"),
            'u' => (self.weekday + 1).to_string(),
            'U' => format!("{sunday_weeks:02}"),
            'V' => format!("{:02}", self.iso_week().1),
            'w' => ((self.weekday + 1) % 7).to_string(),
            'W' => format!("{monday_weeks:02}"),
            'y' => format!("{:02}", self.year.rem_euclid(100)),
            'Y' => self.year.to_string(),
            'z' => {
                let sign = if self.offset < 0 { '-' } else { '+' };
                format!("{sign}{:02}{:02}", self.offset.abs() / 3600, self.offset.abs() / 60 % 60)
            }
            'Z' => self.zone.clone(),
            '%' => "%".to_owned(),
            other => format!("%{other}"),
        };
        out.push_str(&text);
    }
}

/// What `strptime` read.
#[derive(Clone, Debug, Default)]
struct Read {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: i64,
    hour12: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    weekday: Option<i64>,
    yearday: Option<i64>,
    micros: i64,
    offset: Option<i64>,
    zone: Option<String>,
    /// Week of the year, and the weekday on which weeks begin.
    week: Option<(i64, i64)>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
}

/// Parses a text by a format, as `time.strptime` does; gives the moment, microseconds, and whether an offset was read.
///
/// # Errors
/// The text of a ValueError.
pub fn parse(text: &str, format: &str) -> Result<(Moment, i64, bool), String> {
    let mut read = Read::default();
    let mismatch = || format!("time data {} does not match format {}", quoted(text), quoted(format));
    let rest = match_format(text, format, &mut read)?.ok_or_else(mismatch)?;
    if !rest.is_empty() {
        return Err(format!("unconverted data remains: {rest}"));
    }
    let hour = match (read.hour12, read.afternoon) {
        (Some(hour), afternoon) => hour % 12 + if afternoon == Some(true) { 12 } else { 0 },
        (None, _) => read.hour,
    };
    let first = days_from_civil(read.year.unwrap_or(1900), 1, 1);
    let (year, month, day) = match (iso_days(&read)?, read.yearday, read.week, read.weekday) {
        (Some(days), ..) => civil_from_days(days),
        (None, Some(yearday), ..) if read.month.is_none() && read.day.is_none() => civil_from_days(first + yearday - 1),
        (None, None, Some((week, begins)), Some(weekday)) => {
            civil_from_days(days_of_week(first, week, begins, weekday))
        }
        _ => (read.year.unwrap_or(1900), read.month.unwrap_or(1), read.day.unwrap_or(1)),
    };
    let days = days_from_civil(year, month, day);
    if civil_from_days(days) != (year, month, day) {
        return Err("day is out of range for month".to_owned());
    }
    let mut moment = Moment::at(days * 86_400, 0, read.zone.as_deref().unwrap_or(""), -1);
    (moment.hour, moment.minute, moment.second) = (hour, read.minute, read.second);
    moment.weekday = read.weekday.filter(|_| read.day.is_none() && read.yearday.is_none()).unwrap_or(moment.weekday);
    moment.offset = read.offset.unwrap_or(0);
    Ok((moment, read.micros, read.offset.is_some()))
}

/// The day that `%G`, `%V` and a weekday name; `None` without them.
fn iso_days(read: &Read) -> Result<Option<i64>, String> {
    const WEEKDAY: &str = "a weekday directive ('%A', '%a', '%w', or '%u').";
    match (read.iso_year, read.iso_week, read.weekday) {
        (Some(_), ..) if read.yearday.is_some() => {
            Err("Day of the year directive '%j' is not compatible with ISO year \
             directive '%G'. Use '%Y' instead."
                .to_owned())
        }
        (Some(year), Some(week), Some(weekday)) => {
            // The week with the fourth of January is the first one.
            let fourth = days_from_civil(year, 1, 4);
            let days = fourth - (fourth + 3).rem_euclid(7) + (week - 1) * 7 + weekday;
            match week == 53 && days_from_civil(year + 1, 1, 4) - 3 <= days - weekday {
                true => Err(format!("Invalid week: {week}")),
                false => Ok(Some(days)),
            }
        }
        (Some(_), ..) => {
            Err(format!("ISO year directive '%G' must be used with the ISO week directive '%V' and {WEEKDAY}"))
        }
        (None, Some(_), Some(_)) if read.year.is_some() => {
            Err("ISO week directive '%V' is incompatible with the year \
             directive '%Y'. Use the ISO year '%G' instead."
                .to_owned())
        }
        (None, Some(_), _) => {
            Err(format!("ISO week directive '%V' must be used with the ISO year directive '%G' and {WEEKDAY}"))
        }
        (None, None, _) => Ok(None),
    }
}

/// The day of `%U` or `%W` (weeks begin on day `begins`, 0 is Monday) and a weekday in the year that begins on day `first`.
fn days_of_week(first: i64, week: i64, begins: i64, weekday: i64) -> i64 {
    let place = |weekday: i64| (weekday - begins).rem_euclid(7);
    let first_place = place((first + 3).rem_euclid(7));
    first - first_place + place(weekday) + if first_place == 0 { (week - 1).max(0) } else { week } * 7
}

fn quoted(text: &str) -> String {
    super::str_repr::repr_str(text)
}

/// What is left of the text behind the format; `None` if it does not match.
fn match_format<'a>(text: &'a str, format: &str, read: &mut Read) -> Result<Option<&'a str>, String> {
    let mut text = text;
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            let trimmed = text.trim_start();
            if trimmed.len() == text.len() {
                return Ok(None);
            }
            text = trimmed;
            continue;
        }
        if c != '%' {
            match text.chars().next() {
                Some(first) if first.to_lowercase().eq(c.to_lowercase()) => text = &text[first.len_utf8()..],
                _ => return Ok(None),
            }
            continue;
        }
        let Some(directive) = chars.next() else { return Err("stray %% in format ".to_owned() + &quoted(format)) };
        match read_directive(text, directive, read)? {
            Some(rest) => text = rest,
            None => return Ok(None),
        }
    }
    Ok(Some(text))
}

fn read_directive<'a>(text: &'a str, directive: char, read: &mut Read) -> Result<Option<&'a str>, String> {
    let number = |most: usize, low: i64, high: i64| digits(text, most, low, high);
    let mut set = |slot: fn(&mut Read, i64), found: Option<(i64, &'a str)>| {
        found.map(|(value, rest)| {
            slot(read, value);
            rest
        })
    };
    Ok(match directive {
        'Y' => {
            let found = digits(text, 4, 0, 9999).filter(|(_, rest)| text.len() - rest.len() == 4);
            set(|r, v| r.year = Some(v), found)
        }
        'y' => {
            let found = number(2, 0, 99).filter(|(_, rest)| text.len() - rest.len() == 2);
            set(|r, v| r.year = Some(if v < 69 { 2000 + v } else { 1900 + v }), found)
        }
        'm' => set(|r, v| r.month = Some(v), number(2, 1, 12)),
        'd' => set(|r, v| r.day = Some(v), number(2, 1, 31)),
        'H' => set(|r, v| r.hour = v, number(2, 0, 23)),
        'I' => set(|r, v| r.hour12 = Some(v), number(2, 1, 12)),
        'M' => set(|r, v| r.minute = v, number(2, 0, 59)),
        'S' => set(|r, v| r.second = v, number(2, 0, 61)),
        'j' => set(|r, v| r.yearday = Some(v), number(3, 1, 366)),
        'w' => set(|r, v| r.weekday = Some((v + 6) % 7), number(1, 0, 6)),
        'u' => set(|r, v| r.weekday = Some(v - 1), number(1, 1, 7)),
        'U' => set(|r, v| r.week = Some((v, 6)), number(2, 0, 53)),
        'W' => set(|r, v| r.week = Some((v, 0)), number(2, 0, 53)),
        'V' => set(|r, v| r.iso_week = Some(v), number(2, 1, 53)),
        'G' => {
            let found = digits(text, 4, 0, 9999).filter(|(_, rest)| text.len() - rest.len() == 4);
            set(|r, v| r.iso_year = Some(v), found)
        }
        'f' => {
            let found = digits(text, 6, 0, 999_999).map(|(value, rest)| {
                let given = (text.len() - rest.len()) as u32;
                (value * 10i64.pow(6 - given), rest)
            });
            set(|r, v| r.micros = v, found)
        }
        'b' | 'B' | 'h' => {
            let long = directive == 'B';
            let names = MONTHS.map(|name| if long { name } else { &name[..3] });
            set(|r, v| r.month = Some(v + 1), one_of(text, &names))
        }
        'a' | 'A' => {
            let long = directive == 'A';
            let names = WEEKDAYS.map(|name| if long { name } else { &name[..3] });
            set(|r, v| r.weekday = Some(v), one_of(text, &names))
        }
        'p' => set(|r, v| r.afternoon = Some(v == 1), one_of(text, &["AM", "PM"])),
        'z' => set(|r, v| r.offset = Some(v), offset(text)),
        'Z' => {
            let name = ["UTC", "GMT"].into_iter().find(|name| text.starts_with(name));
            read.zone = name.map(str::to_owned);
            name.map(|name| &text[name.len()..])
        }
        'T' | 'X' => match_format(text, "%H:%M:%S", read)?,
        'R' => match_format(text, "%H:%M", read)?,
        'F' => match_format(text, "%Y-%m-%d", read)?,
        'D' | 'x' => match_format(text, "%m/%d/%y", read)?,
        'c' => match_format(text, "%a %b %d %H:%M:%S %Y", read)?,
        '%' => text.strip_prefix('%'),
        other => return Err(format!("'{other}' is a bad directive in format {}", quoted(&format!("%{other}")))),
    })
}

/// As many digits as give a number in the range, at most `most`.
fn digits(text: &str, most: usize, low: i64, high: i64) -> Option<(i64, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (1..=count).rev().find_map(|n| {
        let value: i64 = text[..n].parse().ok()?;
        (low..=high).contains(&value).then(|| (value, &text[n..]))
    })
}

fn one_of<'a>(text: &'a str, names: &[&str]) -> Option<(i64, &'a str)> {
    let fits = |name: &&str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let at = names.iter().position(fits)?;
    Some((at as i64, &text[names[at].len()..]))
}

/// `+hh:mm`, `+hhmm`, `Z`
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let two = |text: &str| text.get(..2)?.parse::<i64>().ok().filter(|n| *n >= 0);
    let hours = two(text.get(1..)?)?;
    let rest = text.get(3..)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = two(rest)?;
    Some((sign * (hours * 3600 + minutes * 60), rest.get(2..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(days_from_civil(2000, 2, 29)), (2000, 2, 29));
        assert_eq!(civil_from_days(days_from_civil(-1, 12, 31)), (-1, 12, 31));
        let moment = Moment::at(951_782_400, 0, "UTC", 0);
        assert_eq!(moment.format("%F %a %j %U %V"), "2000-02-29 Tue 060 09 09");
        assert_eq!(moment.seconds(), 951_782_400);
        assert_eq!(moment.asctime(), "Tue Feb 29 00:00:00 2000");
    }

    #[test]
    fn parsing() {
        let (moment, micros, _) = parse("2024-02-29 12:30:01.25", "%Y-%m-%d %H:%M:%S.%f").expect("a date");
        assert_eq!((moment.yearday, moment.second, micros), (60, 1, 250_000));
        assert_eq!(parse("x", "%Y").unwrap_err(), "time data 'x' does not match format '%Y'");
        assert_eq!(parse("2024x", "%Y").unwrap_err(), "unconverted data remains: x");
        assert_eq!(parse("1 jan 99", "%d %b %y").map(|(m, ..)| (m.year, m.month)), Ok((1999, 1)));
    }
}
