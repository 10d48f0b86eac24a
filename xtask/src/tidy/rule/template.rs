//! Templates: nothing inline that the content security policy would refuse, no page without a
//! layout, no name of an asset or icon that does not exist.

use std::collections::BTreeSet;

use crate::tidy::Finding;
use crate::tidy::rust::line_of;

const FOLDER: &str = "crates/http/templates/";
const EXCUSE: &str = "{# tidy: fragment because ";

/// What templates may name.
#[derive(Debug, Default)]
pub struct Known {
    assets: BTreeSet<String>,
    icons: BTreeSet<String>,
}

impl Known {
    pub fn among(files: &[(String, String)]) -> Self {
        let text = |wanted: &str| {
            files
                .iter()
                .find(|(path, _)| path == wanted)
                .map_or("", |(_, text)| text.as_str())
        };
        Self {
            assets: arguments(text("crates/http/src/assets.rs"), "Bundle::new(")
                .map(|(_, name)| name)
                .collect(),
            icons: after(text("crates/http/templates/part/sprite.html"), "id=\"i-")
                .map(|(_, name)| name)
                .collect(),
        }
    }
}

fn is_template(path: &str) -> bool {
    path.starts_with(FOLDER) && path.ends_with(".html")
}

/// Mail programs know no style sheet, so mails carry their style with them.
fn is_mail(path: &str) -> bool {
    path.contains("/mail/")
}

pub fn no_inline_code(path: &str, text: &str) -> Vec<Finding> {
    if !is_template(path) || is_mail(path) {
        return Vec::new();
    }
    let text = without_comments(text);
    let mut findings = Vec::new();
    for (at, name) in attributes(&text) {
        let line = line_of(&text, at);
        if name == "style" {
            findings.push(Finding::new(
                path,
                line,
                "inline style",
                "use a class; the policy refuses style attributes",
            ));
        } else if name.len() > 2 && name.starts_with("on") {
            findings.push(Finding::new(
                path,
                line,
                "inline script",
                format!("use data-behavior; the policy refuses {name}"),
            ));
        }
    }
    for (at, _) in text.match_indices("<script") {
        let rest = &text[at..];
        let body = rest
            .find('>')
            .and_then(|open| Some(&rest[open + 1..open + 1 + rest[open + 1..].find("</script")?]));
        if body.is_none_or(|body| !body.trim().is_empty()) {
            let line = line_of(&text, at);
            findings.push(Finding::new(
                path,
                line,
                "inline script",
                "move the script to assets/js and name it with src",
            ));
        }
    }
    for (at, _) in text.match_indices("<style") {
        findings.push(Finding::new(
            path,
            line_of(&text, at),
            "inline style",
            "move the style to assets/css",
        ));
    }
    findings
}

pub fn stands_in_a_layout(path: &str, text: &str) -> Vec<Finding> {
    let is_apart = path.starts_with("crates/http/templates/part/") || is_mail(path);
    let text_alone = without_comments(text);
    let extends = text_alone
        .trim_start()
        .strip_prefix("{%")
        .is_some_and(|rest| rest.trim_start_matches('-').trim_start().starts_with("extends"));
    let is_layout = text_alone.to_ascii_lowercase().contains("<!doctype html>");
    let is_excused = text
        .split_once(EXCUSE)
        .is_some_and(|(_, reason)| reason.split_whitespace().count() >= 2);
    if !is_template(path) || is_apart || extends || is_layout || is_excused {
        return Vec::new();
    }
    let advice = format!("extend a layout, or move it to part/, or say `{EXCUSE}… #}}`");
    vec![Finding::new(path, 1, "layout", advice)]
}

pub fn names_what_exists(path: &str, text: &str, known: &Known) -> Vec<Finding> {
    if !is_template(path) {
        return Vec::new();
    }
    let text = without_comments(text);
    let mut findings = Vec::new();
    for (at, name) in arguments(&text, "assets::url(") {
        if !known.assets.contains(&name) {
            let advice = format!("there is no asset {name}; add it to assets.rs or correct the name");
            findings.push(Finding::new(path, line_of(&text, at), "asset", advice));
        }
    }
    for (at, _) in text.match_indices("\"/assets/") {
        let advice = "name it through assets::url, so that its address holds its hash";
        findings.push(Finding::new(path, line_of(&text, at), "asset", advice));
    }
    for (at, name) in arguments(&text, "::icon(").chain(after(&text, "href=\"#i-")) {
        if !known.icons.contains(&name) && !name.is_empty() && !name.contains('{') {
            let advice = format!("there is no icon {name}; draw it in part/sprite.html or correct the name");
            findings.push(Finding::new(path, line_of(&text, at), "icon", advice));
        }
    }
    findings
}

/// The text with `{# … #}` and `<!-- … -->` blanked out in place.
fn without_comments(text: &str) -> String {
    let mut clean = text.to_owned();
    for (open, close) in [("{#", "#}"), ("<!--", "-->")] {
        while let Some(start) = clean.find(open) {
            let end = clean[start..]
                .find(close)
                .map_or(clean.len(), |length| start + length + close.len());
            let blank: String = clean[start..end]
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
                .collect();
            clean.replace_range(start..end, &blank);
        }
    }
    clean
}

/// Names of attributes: a name before `=` with a space before it, inside a tag.
fn attributes(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('=') {
        let name: String = text[..at]
            .chars()
            .rev()
            .take_while(|character| character.is_ascii_alphanumeric() || *character == '-')
            .collect();
        let name: String = name.chars().rev().collect::<String>().to_ascii_lowercase();
        let start = at - name.len();
        let is_in_tag = text[..start].rfind('<').is_some_and(|open| {
            let inside = &text[open..start];
            !inside.contains('>') && !is_in_expression(inside)
        });
        let has_space = text[..start]
            .ends_with(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '}'));
        if !name.is_empty() && is_in_tag && has_space {
            found.push((start, name));
        }
    }
    found
}

fn is_in_expression(text: &str) -> bool {
    let open = text.rfind("{%").max(text.rfind("{{"));
    let close = text.rfind("%}").max(text.rfind("}}"));
    open > close
}

/// The first argument of each call, where it is a literal.
fn arguments<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
    text.match_indices(call).filter_map(move |(at, _)| {
        let rest = text[at + call.len()..].trim_start().strip_prefix('"')?;
        Some((at, rest[..rest.find('"')?].to_owned()))
    })
}

fn after<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
    text.match_indices(start).filter_map(move |(at, _)| {
        let rest = &text[at + start.len()..];
        Some((at, rest[..rest.find('"')?].to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "crates/http/templates/people/list.html";

    #[test]
    fn inline_style_and_script_are_found() {
        let bad =
            "<p class=\"a\" style=\"color: red\">\n<a onclick=\"x()\">\n<script>alert(1)</script>\n<style>p{}</style>";
        let lines: Vec<usize> = no_inline_code(PAGE, bad).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
        let good = "{# style=\"x\" #}<p data-style=\"a\" data-on=\"b\">1 onto=2</p>{% let once=3 %}\n<script type=\"module\" src=\"a\"></script>";
        assert_eq!(no_inline_code(PAGE, good), []);
        assert_eq!(no_inline_code("crates/http/templates/mail/invitation.html", bad), []);
    }

    #[test]
    fn a_page_stands_in_a_layout() {
        assert_eq!(
            stands_in_a_layout(PAGE, "{# Why. #}\n{% extends \"layout.html\" %}"),
            []
        );
        assert_eq!(
            stands_in_a_layout(
                "crates/http/templates/outside.html",
                "{% import \"a\" as b %}\n<!doctype html>"
            ),
            []
        );
        assert_eq!(stands_in_a_layout("crates/http/templates/part/field.html", "<p>"), []);
        assert_eq!(stands_in_a_layout(PAGE, "<p>").len(), 1);
        assert_eq!(
            stands_in_a_layout(
                PAGE,
                "{# tidy: fragment because the filter script fetches it alone #}<p>"
            ),
            []
        );
    }

    #[test]
    fn names_lead_to_something() {
        let known = Known::among(&[
            (
                "crates/http/src/assets.rs".to_owned(),
                "Bundle::new(\"app.css\", x)".to_owned(),
            ),
            (
                "crates/http/templates/part/sprite.html".to_owned(),
                "<symbol id=\"i-plus\">".to_owned(),
            ),
        ]);
        let good = "{{ crate::assets::url(\"app.css\") }}{% call kit::icon(\"plus\") %}{% call kit::icon(entry.icon) %}<use href=\"#i-plus\"/>";
        assert_eq!(names_what_exists(PAGE, good, &known), []);
        let bad = "{{ crate::assets::url(\"gone.css\") }}\n{% call kit::icon(\"gone\") %}\n<img src=\"/assets/a.png\">";
        assert_eq!(names_what_exists(PAGE, bad, &known).len(), 3);
    }
}
