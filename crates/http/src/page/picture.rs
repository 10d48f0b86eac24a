//! A drawing of who reaches what: a person, the roles and groups in the middle, projects at the end. Laid out here, so that
//! the page needs neither script nor style of its own.

/// Pixels of the drawing's own scale.
const ROW: usize = 44;
const BOX: usize = 32;
const COLUMN: [usize; 3] = [0, 280, 560];
const WIDTH: usize = 200;
/// Projects that are drawn; the others are told in one line.
const DRAWN: usize = 12;
/// Characters that fit into a box.
const LETTERS: usize = 24;

#[derive(Clone, Debug, Default)]
pub struct Picture {
    pub height: usize,
    pub boxes: Vec<Node>,
    pub lines: Vec<String>,
    /// How many projects are not drawn.
    pub more: usize,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub x: usize,
    pub y: usize,
    pub label: String,
    /// The whole of a label that was cut.
    pub title: String,
    pub kind: &'static str,
}

impl Node {
    #[must_use]
    pub fn text_y(&self) -> usize {
        self.y + BOX / 2 + 5
    }

    #[must_use]
    pub fn text_x(&self) -> usize {
        self.x + 12
    }
}

/// A project, and the ways that lead there.
pub struct Reached {
    pub project: String,
    pub ways: Vec<String>,
}

impl Picture {
    /// `direct` is what the person has in the organization whether or not it leads to a project.
    #[must_use]
    pub fn of(person: &str, direct: &[String], reached: &[Reached]) -> Self {
        let drawn = &reached[..reached.len().min(DRAWN)];
        let mut middle: Vec<&str> = Vec::new();
        let ways = drawn.iter().flat_map(|reached| &reached.ways);
        for way in direct.iter().chain(ways) {
            if !middle.contains(&way.as_str()) {
                middle.push(way);
            }
        }
        let rows = middle.len().max(drawn.len()).max(1);
        let height = rows * ROW;
        let y = |index: usize, count: usize| (height - count * ROW) / 2 + index * ROW + (ROW - BOX) / 2;
        let mut boxes = vec![node(COLUMN[0], y(0, 1), person, "person")];
        let mut lines = Vec::new();
        for (index, way) in middle.iter().enumerate() {
            boxes.push(node(COLUMN[1], y(index, middle.len()), way, "way"));
            lines.push(line(COLUMN[0], y(0, 1), COLUMN[1], y(index, middle.len())));
        }
        for (index, reached) in drawn.iter().enumerate() {
            let at = y(index, drawn.len());
            boxes.push(node(COLUMN[2], at, &reached.project, "project"));
            for way in &reached.ways {
                if let Some(from) = middle.iter().position(|known| known == way) {
                    lines.push(line(COLUMN[1], y(from, middle.len()), COLUMN[2], at));
                }
            }
        }
        Self {
            height,
            boxes,
            lines,
            more: reached.len() - drawn.len(),
        }
    }
}

fn node(x: usize, y: usize, label: &str, kind: &'static str) -> Node {
    let short: String = label.chars().take(LETTERS).collect();
    let cut = short.chars().count() < label.chars().count();
    Node {
        x,
        y,
        label: if cut { format!("{short}…") } else { short },
        title: label.to_owned(),
        kind,
    }
}

/// A curve from the end of one box to the beginning of another.
fn line(from_x: usize, from_y: usize, to_x: usize, to_y: usize) -> String {
    let (start, end) = (from_x + WIDTH, to_x);
    let (from_y, to_y) = (from_y + BOX / 2, to_y + BOX / 2);
    let middle = usize::midpoint(start, end);
    format!("M{start} {from_y} C{middle} {from_y} {middle} {to_y} {end} {to_y}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_drawn_once_however_many_projects_it_leads_to() {
        let reached = |project: &str| Reached {
            project: project.to_owned(),
            ways: vec!["Writers".to_owned()],
        };
        let picture = Picture::of("Mia", &["Member".to_owned()], &[reached("Site"), reached("Shop")]);
        let labels: Vec<_> = picture.boxes.iter().map(|node| node.label.as_str()).collect();
        assert_eq!(labels, ["Mia", "Member", "Writers", "Site", "Shop"]);
        assert_eq!(picture.lines.len(), 4);
        assert_eq!(picture.height, 2 * ROW);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let reached: Vec<_> = (0..20)
            .map(|number| Reached {
                project: format!("Project {number}"),
                ways: vec!["Admin".to_owned()],
            })
            .collect();
        assert_eq!(Picture::of("Mia", &[], &reached).more, 8);
    }
}
