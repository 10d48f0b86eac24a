//! Reading and writing XML with nothing left to chance: sizes and document types are refused before parsing, elements
//! are asked for by namespace, and text is all of an element's text.

use bergshamra::xml::uppsala::{self, Document, NodeId, NodeKind};

use super::{Fault, LARGEST};

/// A document is parsed once, here, and everybody reads from what comes out.
pub fn parse(text: &str) -> Result<Document<'_>, Fault> {
    if text.len() > LARGEST {
        return Err(Fault::TooLarge);
    }
    // Before the parser has seen it: what declares nothing expands nothing.
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return Err(Fault::Doctype);
    }
    uppsala::parse(text).map_err(|error| Fault::Malformed(error.to_string()))
}

pub fn root(document: &Document<'_>) -> Result<NodeId, Fault> {
    document
        .document_element()
        .ok_or_else(|| Fault::Malformed("it is empty".to_owned()))
}

pub fn is(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> bool {
    document
        .element(node)
        .is_some_and(|element| element.matches_name_ns(namespace, name))
}

/// The element's children of that name.
pub fn children(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> Vec<NodeId> {
    let all = document.children(node);
    all.into_iter()
        .filter(|child| is(document, *child, namespace, name))
        .collect()
}

pub fn child(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> Option<NodeId> {
    children(document, node, namespace, name).into_iter().next()
}

/// The one child of that name; two are as wrong as none.
pub fn only(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> Result<NodeId, Fault> {
    match children(document, node, namespace, name).as_slice() {
        [one] => Ok(*one),
        [] => Err(Fault::Malformed(format!("{name} is missing"))),
        _ => Err(Fault::Malformed(format!("there is more than one {name}"))),
    }
}

/// All elements of that name, however deep.
pub fn anywhere(document: &Document<'_>, namespace: &str, name: &str) -> Vec<NodeId> {
    document.get_elements_by_tag_name_ns(namespace, name)
}

/// All of an element's text. A comment in the middle is not part of what was signed, so it must not cut the text short
/// either: `ada@example.com<!---->.evil.example` is one address, and not Ada's.
pub fn text(document: &Document<'_>, node: NodeId) -> Result<String, Fault> {
    let mut text = String::new();
    for child in document.children(node) {
        match document.node_kind(child) {
            Some(NodeKind::Text(part) | NodeKind::CData(part)) => text.push_str(part),
            Some(NodeKind::Comment(_) | NodeKind::ProcessingInstruction(_)) | None => {}
            Some(_) => return Err(Fault::Malformed("there are elements where text belongs".to_owned())),
        }
    }
    Ok(text.trim().to_owned())
}

/// An attribute without a namespace; one of the same name in another is something else.
pub fn attribute<'d>(document: &'d Document<'_>, node: NodeId, name: &str) -> Option<&'d str> {
    let element = document.element(node)?;
    element
        .attributes
        .iter()
        .find(|attribute| attribute.name.namespace_uri.is_none() && &*attribute.name.local_name == name)
        .map(|attribute| &*attribute.value)
}

/// Text as it may stand in an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_type_and_a_giant_are_refused_unread() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>"#;
        assert_eq!(parse(bomb).err(), Some(Fault::Doctype));
        let giant = format!("<x>{}</x>", " ".repeat(LARGEST));
        assert_eq!(parse(&giant).err(), Some(Fault::TooLarge));
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = "<a>".repeat(20_000);
        assert!(matches!(parse(&deep), Err(Fault::Malformed(_))));
    }

    #[test]
    fn a_comment_does_not_cut_text_short() {
        let document = parse("<a>ada@example.com<!-- x -->.evil.example</a>").unwrap();
        let root = root(&document).unwrap();
        assert_eq!(text(&document, root).unwrap(), "ada@example.com.evil.example");
        let nested = parse("<a>ada<b/></a>").unwrap();
        assert!(text(&nested, nested.document_element().unwrap()).is_err());
    }
}
