//! Cells of a table that people open in a spreadsheet, which takes some texts for formulas and would run what somebody gave
//! as their name.

const RUN: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The cell with an apostrophe before what would be run.
pub fn guarded(cell: String) -> String {
    if is_run(&cell) { format!("'{cell}") } else { cell }
}

/// What [`guarded`] was given.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_run(rest) => rest,
        _ => cell,
    }
}

/// Apostrophes before it are its own and get one more, or reading back would take them away.
fn is_run(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_only_text_and_is_read_back() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+1"] {
            assert_eq!(guarded(cell.to_owned()), format!("'{cell}"));
            assert_eq!(unguarded(&guarded(cell.to_owned())), cell);
        }
        for cell in ["", "Mia", "a=b", "'quoted'", " =1"] {
            assert_eq!(guarded(cell.to_owned()), cell);
            assert_eq!(unguarded(cell), cell);
        }
    }
}
