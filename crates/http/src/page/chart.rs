//! Plots, drawn here so that a page needs no script for them: bars or lines in a box of a hundred by a hundred that the page
//! stretches, with the words beside it.

/// Units of the box that the plot is drawn in.
const SIZE: i64 = 1_000;

#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub title: String,
    /// What the plot shows, in a sentence that stands for it.
    pub summary: String,
    pub bars: Vec<Bar>,
    pub lines: Vec<Line>,
    /// The top of the scale, and its middle.
    pub top: String,
    pub middle: String,
    /// What stands below, from left to right.
    pub below: Vec<String>,
    pub legend: Vec<Key>,
    /// Why there is nothing to draw; empty where there is.
    pub empty: String,
}

#[derive(Clone, Debug)]
pub struct Bar {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    pub tone: &'static str,
    /// Told when it is pointed at.
    pub title: String,
}

#[derive(Clone, Debug)]
pub struct Line {
    /// As `points` of a polyline.
    pub points: String,
    pub tone: &'static str,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub label: &'static str,
    pub tone: &'static str,
}

/// One bar's parts from the bottom up, and what it is told as.
pub struct Column {
    pub parts: Vec<i64>,
    pub title: String,
}

/// A line's points: how far from left to right, of a thousand, and how high.
pub struct Course {
    pub points: Vec<(i64, i64)>,
    pub tone: &'static str,
}

impl Chart {
    /// # Panics
    /// Never: a column has as many parts as there are keys, or the rest is not drawn.
    #[must_use]
    pub fn of_columns(mut self, columns: &[Column], keys: &[Key]) -> Self {
        let highest = columns
            .iter()
            .map(|column| column.parts.iter().sum())
            .max()
            .unwrap_or(0);
        let scale = self.scaled(highest, &|number| number.to_string());
        let slot = SIZE / i64::try_from(columns.len().max(1)).unwrap_or(1);
        let gap = (slot / 5).max(1);
        for (x, column) in (0..).step_by(usize::try_from(slot).unwrap_or(1)).zip(columns) {
            let mut below = 0;
            for (part, key) in column.parts.iter().zip(keys).filter(|(part, _)| **part > 0) {
                let height = (part * SIZE / scale).max(4);
                self.bars.push(Bar {
                    x: x + gap / 2,
                    y: SIZE - below - height,
                    width: slot - gap,
                    height,
                    tone: key.tone,
                    title: column.title.clone(),
                });
                below += height;
            }
        }
        if keys.len() > 1 {
            self.legend = keys.to_vec();
        }
        self
    }

    #[must_use]
    pub fn of_courses(mut self, courses: &[Course], keys: &[Key], told: &dyn Fn(i64) -> String) -> Self {
        let highest = courses
            .iter()
            .flat_map(|course| course.points.iter().map(|(_, value)| *value))
            .max()
            .unwrap_or(0);
        let scale = self.scaled(highest, told);
        for course in courses {
            let points: Vec<String> = course
                .points
                .iter()
                .map(|(x, value)| format!("{x},{}", SIZE - value * SIZE / scale))
                .collect();
            self.lines.push(Line {
                points: points.join(" "),
                tone: course.tone,
            });
        }
        if keys.len() > 1 {
            self.legend = keys.to_vec();
        }
        self
    }

    fn scaled(&mut self, highest: i64, told: &dyn Fn(i64) -> String) -> i64 {
        let scale = round_above(highest);
        self.top = told(scale);
        self.middle = if scale > 1 { told(scale / 2) } else { String::new() };
        scale
    }
}

/// The next number that is easily read: 1, 2, 4, 10, 20, 40, …
fn round_above(number: i64) -> i64 {
    let mut unit = 1;
    loop {
        for factor in [1, 2, 4] {
            if number <= unit * factor {
                return unit * factor;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_above_the_highest_at_a_number_that_is_easily_read() {
        let rounded: Vec<i64> = [0, 1, 3, 5, 11, 41, 399].into_iter().map(round_above).collect();
        assert_eq!(rounded, [1, 1, 4, 10, 20, 100, 400]);
    }

    #[test]
    fn parts_of_a_column_stand_on_each_other() {
        let keys = [
            Key {
                label: "Succeeded",
                tone: "good",
            },
            Key {
                label: "Failed",
                tone: "bad",
            },
        ];
        let column = Column {
            parts: vec![3, 1],
            title: "9:00: 3 and 1".to_owned(),
        };
        let chart = Chart::default().of_columns(&[column], &keys);
        assert_eq!((chart.bars[0].y, chart.bars[0].height), (250, 750));
        assert_eq!((chart.bars[1].y, chart.bars[1].height), (0, 250));
        assert_eq!(chart.top, "4");
    }
}
