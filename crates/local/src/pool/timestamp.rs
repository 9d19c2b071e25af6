//! TIMESTAMP of a `PASSWORD_VERIFIER` answer: Java's `EEE MMM d HH:mm:ss z yyyy` in English.

use time::PrimitiveDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

const FORMAT: &[FormatItem<'_>] = format_description!(
    "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
);

/// The canonical form of `text`: right day of the week, no leading zero on the day of the month. The pool signs this
/// form, so that a client which sent another one has a signature that doesn't fit.
///
/// `None` for what is no such time in UTC.
pub(super) fn canonical(text: &str) -> Option<String> {
    // The year may have a sign, for `time`.
    let time = PrimitiveDateTime::parse(text, FORMAT).ok().filter(|_| !text.contains(['+', '-']))?;
    time.format(FORMAT).ok()
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
        assert_eq!(canonical("Sun Jan 1 00:00:00 UTC 0000").as_deref(), Some("Sat Jan 1 00:00:00 UTC 0000"));
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
            "Wed Apr 5 22:42:34 UTC +2017",
            "Wed Apr 5 22:42:34 UTC -2017",
            "Wed Apr 5 22:42:34 UTC 02017",
            "Wed Apr 5 22:42:60 UTC 2017",
            "wed Apr 5 22:42:34 UTC 2017",
            "Wed Apr 0 22:42:34 UTC 2017",
            "Wed Apr 005 22:42:34 UTC 2017",
            "Wed Apr 5 2:42:34 UTC 2017",
        ] {
            assert_eq!(canonical(time), None, "{time}");
        }
    }
}
