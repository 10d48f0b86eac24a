//! A moment as its reader wants it: in their own zone, in words that nobody takes for another day. Programs read the
//! RFC 3339 beside it.

use domain::Timestamp;
use jiff::tz::TimeZone;

use crate::page::part::Time;

/// Such as "22 Nov 2026, 10:30", in the reader's zone.
pub fn time(at: Timestamp, zone: Option<&str>) -> Time {
    written(at, zone, "%-d %b %Y, %H:%M")
}

/// Such as "22 Nov 2026", where the hour does not matter.
pub fn day(at: Timestamp, zone: Option<&str>) -> Time {
    written(at, zone, "%-d %b %Y")
}

/// Such as "10:30", in UTC.
pub fn clock(at: Timestamp) -> String {
    written(at, None, "%H:%M").text
}

fn written(at: Timestamp, zone: Option<&str>, format: &str) -> Time {
    let machine = at.to_string();
    let Ok(instant) = jiff::Timestamp::from_microsecond(at.micros()) else {
        return Time::new(machine.clone(), machine);
    };
    // A zone may have been renamed since it was chosen: a time in UTC is better than none.
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    Time::new(machine, instant.to_zoned(zone).strftime(format).to_string())
}

/// The end of a day that was typed into a form, in the reader's zone; none where it is no day.
pub fn end_of_day(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    let day: jiff::civil::Date = text.trim().parse().ok()?;
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let end = day.at(23, 59, 59, 0).to_zoned(zone).ok()?;
    Some(Timestamp::from_micros(end.timestamp().as_microsecond()))
}

/// The beginning of a day that was typed into a form, in the reader's zone; none where it is no day.
pub fn start_of_day(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    let day: jiff::civil::Date = text.trim().parse().ok()?;
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let start = day.to_zoned(zone).ok()?;
    Some(Timestamp::from_micros(start.timestamp().as_microsecond()))
}

/// A day as a form's field has it.
pub fn field(at: Timestamp, zone: Option<&str>) -> String {
    written(at, zone, "%Y-%m-%d").text
}

/// The zones a person can choose from, such as "Europe/Lisbon".
pub fn zones() -> Vec<String> {
    let mut zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| {
            name.contains('/')
                && !["Etc/", "posix/", "right/", "SystemV/"]
                    .iter()
                    .any(|old| name.starts_with(old))
        })
        .collect();
    zones.sort();
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_ends_where_its_reader_is() {
        let end = end_of_day("2026-12-03", Some("Europe/Berlin")).unwrap();
        assert_eq!(end, at("2026-12-03T22:59:59Z"));
        assert_eq!(field(end, Some("Europe/Berlin")), "2026-12-03");
        assert_eq!(end_of_day("soon", None), None);
    }

    #[test]
    fn a_time_is_told_in_the_zone_of_its_reader() {
        let noon = at("2026-11-02T23:05:00Z");
        assert_eq!(time(noon, None).text, "2 Nov 2026, 23:05");
        assert_eq!(time(noon, Some("Europe/Berlin")).text, "3 Nov 2026, 00:05");
        assert_eq!(day(noon, Some("Europe/Berlin")).text, "3 Nov 2026");
        assert_eq!(time(noon, Some("Europe/Berlin")).machine, "2026-11-02T23:05:00Z");
    }

    #[test]
    fn a_zone_that_is_unknown_reads_as_utc() {
        assert_eq!(
            time(at("2026-11-22T10:30:00Z"), Some("Mars/Olympus")).text,
            "22 Nov 2026, 10:30"
        );
    }

    #[test]
    fn zones_to_choose_from_are_places() {
        assert!(zones().iter().any(|zone| zone == "Europe/Lisbon"));
        assert!(zones().iter().all(|zone| zone.contains('/')));
    }
}
