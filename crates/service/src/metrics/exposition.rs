//! The text format that Prometheus reads (version 0.0.4).

use std::fmt::Write;

/// The lines that say what the numbers below them are.
pub fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// One number; `labels` with their braces, or empty.
pub fn line(out: &mut String, name: &str, labels: &str, number: u64) {
    let _ = writeln!(out, "{name}{labels} {number}");
}

/// A family of numbers that only grow, told apart by one label.
pub fn counter<'a>(
    out: &mut String,
    name: &str,
    help: &str,
    label: &str,
    numbers: impl IntoIterator<Item = (&'a str, u64)>,
) {
    family(out, name, "counter", help);
    for (value, number) in numbers {
        line(out, name, &format!("{{{label}=\"{value}\"}}"), number);
    }
}

/// One histogram: how many are in each class, whose upper bounds are microseconds; `labels` without braces.
pub fn histogram(out: &mut String, name: &str, labels: &str, bounds: &[u64], classes: &[u64], micros: u64) {
    let mut seen = 0;
    for (number, class) in classes.iter().enumerate() {
        seen += class;
        let bound = bounds
            .get(number)
            .map_or_else(|| "+Inf".to_owned(), |bound| seconds(*bound));
        line(
            out,
            &format!("{name}_bucket"),
            &format!("{{{labels},le=\"{bound}\"}}"),
            seen,
        );
    }
    let _ = writeln!(out, "{name}_sum{{{labels}}} {}", seconds(micros));
    line(out, &format!("{name}_count"), &format!("{{{labels}}}"), seen);
}

/// Microseconds as seconds, exactly.
pub fn seconds(micros: u64) -> String {
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_without_rounding() {
        assert_eq!(seconds(2_500), "0.0025");
        assert_eq!(seconds(10_000_000), "10");
        assert_eq!(seconds(0), "0");
    }

    #[test]
    fn classes_of_a_histogram_are_told_summed_up() {
        let mut out = String::new();
        histogram(&mut out, "wait", "mode=\"read\"", &[100, 500], &[2, 1, 1], 1_700);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(
            lines,
            [
                "wait_bucket{mode=\"read\",le=\"0.0001\"} 2",
                "wait_bucket{mode=\"read\",le=\"0.0005\"} 3",
                "wait_bucket{mode=\"read\",le=\"+Inf\"} 4",
                "wait_sum{mode=\"read\"} 0.0017",
                "wait_count{mode=\"read\"} 4",
            ]
        );
    }
}
