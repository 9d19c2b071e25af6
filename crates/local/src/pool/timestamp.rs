//! TIMESTAMP of a `PASSWORD_VERIFIER` answer: Java's `EEE MMM d HH:mm:ss z yyyy` in English.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The canonical form of `text`: right day of the week, no leading zero on the day of the month. The pool signs this
/// form, so that a client which sent another one has a signature that doesn't fit.
///
/// `None` for what is no such time in UTC.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut parts = text.split(' ');
    let mut next = || parts.next();
    let (weekday, month, day, time, zone, year) = (next()?, next()?, next()?, next()?, next()?, next()?);
    if parts.next().is_some() || !WEEKDAYS.contains(&weekday) || zone != "UTC" {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = digits(year, 4..=4)?;
    let day = digits(day, 1..=2)?;
    let mut clock = time.split(':').map(|part| digits(part, 2..=2));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if clock.next().is_some() || hour > 23 || minute > 59 || second > 59 || day == 0 || day > days_in(month, year) {
        return None;
    }
    let weekday = WEEKDAYS[weekday_of(year, month, day)];
    Some(format!("{weekday} {} {day} {hour:02}:{minute:02}:{second:02} UTC {year:04}", MONTHS[month]))
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<usize> {
    (length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_in(month: usize, year: usize) -> usize {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        1 if leap => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// Sakamoto's method; Sunday is 0.
fn weekday_of(year: usize, month: usize, day: usize) -> usize {
    const SHIFT: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 2 { year.saturating_sub(1) } else { year };
    (year + year / 4 - year / 100 + year / 400 + SHIFT[month] + day) % 7
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn canonical_times_stay() {
        for time in ["Sat Feb 29 23:59:59 UTC 2020", "Wed Apr 5 22:42:34 UTC 2017", "Thu Jan 1 00:00:00 UTC 2026"] {
            assert_eq!(canonical(time).as_deref(), Some(time));
        }
    }

    #[test]
    fn near_misses_become_canonical() {
        assert_eq!(canonical("Tue Apr 05 22:42:34 UTC 2017").as_deref(), Some("Wed Apr 5 22:42:34 UTC 2017"));
    }

    #[test]
    fn everything_else_is_refused() {
        for time in [
            "",
            "now",
            "2017-04-05T22:42:34Z",
            "Wed Apr 5 22:42:34 CEST 2017",
            "Wed Apr 5 22:42:34 UTC 17",
            "Wed Apr 5 22:42 UTC 2017",
            "Wed Apr 5 24:00:00 UTC 2017",
            "Wed Apr 31 22:42:34 UTC 2017",
            "Sun Feb 29 22:42:34 UTC 2026",
            "Mi Apr 5 22:42:34 UTC 2017",
            "Wed Apr  5 22:42:34 UTC 2017",
            "Wed Apr 5 22:42:34 UTC 2017 ",
            "Wed Apr +5 22:42:34 UTC 2017",
        ] {
            assert_eq!(canonical(time), None, "{time}");
        }
    }
}
