//! A look at Rust text that tells code from words: comments and literals are blanked out in place,
//! so that a rule about code never trips over a sentence, nor a rule about sentences over code.

pub struct Rust {
    /// As long as the text, byte for byte; what is not code is spaces.
    pub code: String,
    /// The line it begins on, and what stands between the quotes.
    pub literals: Vec<(usize, String)>,
    pub comments: Vec<(usize, String)>,
    test: Vec<(usize, usize)>,
}

impl Rust {
    pub fn read(text: &str) -> Self {
        let mut reader = Reader {
            text,
            at: 0,
            code: String::with_capacity(text.len()),
            literals: vec![],
            comments: vec![],
        };
        while reader.at < text.len() {
            reader.step();
        }
        let test = test_regions(&reader.code);
        Self {
            code: reader.code,
            literals: reader.literals,
            comments: reader.comments,
            test,
        }
    }

    /// Whether this byte of the code is compiled for tests only.
    pub fn is_test(&self, at: usize) -> bool {
        self.test.iter().any(|(start, end)| (*start..*end).contains(&at))
    }

    pub fn line(&self, at: usize) -> usize {
        line_of(&self.code, at)
    }

    /// Every place where the code has these letters and no name goes on before or after them.
    pub fn places(&self, needle: &str) -> Vec<usize> {
        let is_name = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let bytes = self.code.as_bytes();
        let starts_as_name = is_name(needle.as_bytes().first());
        let ends_as_name = is_name(needle.as_bytes().last());
        self.code
            .match_indices(needle)
            .map(|(at, _)| at)
            .filter(|at| !(starts_as_name && *at > 0 && is_name(bytes.get(at - 1))))
            .filter(|at| !(ends_as_name && is_name(bytes.get(at + needle.len()))))
            .collect()
    }
}

/// Whether a file holds nothing but tests, by where it lies.
pub fn is_test_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/')
        .any(|folder| matches!(folder, "tests" | "test" | "benches"))
        || matches!(name, "test.rs" | "tests.rs")
        || name.ends_with("_test.rs")
}

pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    code: String,
    literals: Vec<(usize, String)>,
    comments: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.comment(length);
        } else if rest.starts_with("/*") {
            self.comment(block_comment(rest));
        } else if let Some((open, length)) = self.literal(rest) {
            let end = length - closing(rest, open);
            let line = line_of(self.text, self.at);
            self.literals.push((line, rest[open..end.max(open)].to_owned()));
            self.blank(length);
        } else if let Some(length) = character(rest) {
            self.blank(length);
        } else if let Some(next) = rest.chars().next() {
            self.code.push(next);
            self.at += next.len_utf8();
        }
    }

    fn comment(&mut self, length: usize) {
        let line = line_of(self.text, self.at);
        self.comments
            .push((line, self.text[self.at..self.at + length].to_owned()));
        self.blank(length);
    }

    fn blank(&mut self, length: usize) {
        for byte in self.text.as_bytes()[self.at..self.at + length].iter() {
            self.code.push(if *byte == b'\n' { '\n' } else { ' ' });
        }
        self.at += length;
    }

    /// Where a string literal's text begins, and how long it is with its quotes.
    fn literal(&self, rest: &str) -> Option<(usize, usize)> {
        let is_inside_name = self
            .code
            .as_bytes()
            .last()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let prefix = if is_inside_name {
            0
        } else {
            rest.bytes()
                .take(2)
                .take_while(|byte| matches!(byte, b'r' | b'b' | b'c'))
                .count()
        };
        let is_raw = rest[..prefix].contains('r');
        let hashes = if is_raw {
            rest[prefix..].bytes().take_while(|byte| *byte == b'#').count()
        } else {
            0
        };
        let open = prefix + hashes + 1;
        if rest.as_bytes().get(open - 1) != Some(&b'"') {
            return None;
        }
        let body = &rest[open..];
        let length = if is_raw {
            let end = format!("\"{}", "#".repeat(hashes));
            body.find(&end).map_or(body.len(), |at| at + end.len())
        } else {
            string_end(body)
        };
        Some((open, open + length))
    }
}

/// How many bytes close the literal: as many as opened it after its prefix.
fn closing(rest: &str, open: usize) -> usize {
    1 + rest[..open].bytes().filter(|byte| *byte == b'#').count()
}

fn string_end(body: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    body.len()
}

fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match &bytes[at..(at + 2).min(bytes.len())] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a character literal; a lifetime looks alike but has no closing quote.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    if body.starts_with('\\') {
        return body.get(2..)?.find('\'').map(|at| at + 4);
    }
    let first = body.chars().next()?;
    body[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}

/// From each attribute that means "for tests" to the end of what it stands on.
fn test_regions(code: &str) -> Vec<(usize, usize)> {
    let mut regions = Vec::new();
    for (start, _) in code.match_indices("#[").chain(code.match_indices("#![")) {
        let attribute = &code[start..code[start..].find(']').map_or(code.len(), |length| start + length + 1)];
        let words: Vec<&str> = attribute
            .split(|character: char| !character.is_alphanumeric() && character != '_')
            .collect();
        let is_for_tests = words.contains(&"test") && !words.contains(&"not") && !words.contains(&"cfg_attr");
        if !is_for_tests {
            continue;
        }
        let end = if attribute.starts_with("#!") {
            code.len()
        } else {
            item_end(code, start + attribute.len())
        };
        regions.push((start, end));
    }
    regions
}

fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_in_place() {
        let text = "let a = \"x // y\"; // SELECT \"q\"\nlet b = r#\"say \"hi\"\"#; /* a /* b */ c */ let c = '\"';\n";
        let rust = Rust::read(text);
        assert_eq!(rust.code.len(), text.len());
        assert!(!rust.code.contains(['x', '"', '/']), "{}", rust.code);
        assert_eq!(rust.literals, [(1, "x // y".to_owned()), (2, "say \"hi\"".to_owned())]);
        assert_eq!(rust.comments.len(), 2);
    }

    #[test]
    fn lifetimes_are_code_and_escapes_end_nothing() {
        let rust = Rust::read("fn a<'a>(b: &'a str) -> &'a str { c(\"\\\"é\", '\\'', '\\u{7f}'); d }");
        assert!(rust.code.contains("fn a<'a>(b: &'a str) -> &'a str { c("));
        assert!(rust.code.ends_with("); d }"));
        assert_eq!(rust.literals, [(1, "\\\"é".to_owned())]);
    }

    #[test]
    fn a_test_module_reaches_to_its_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { if true {} }\n}\nfn c() {}\n#[cfg(not(test))]\nfn d() {}\n";
        let rust = Rust::read(text);
        let is_test = |name: &str| rust.is_test(text.find(name).expect("there"));
        assert!(!is_test("fn a") && is_test("fn b") && !is_test("fn c") && !is_test("fn d"));
    }

    #[test]
    fn a_name_within_a_name_is_not_that_name() {
        let rust = Rust::read("my_rand::x(); rand::y(); a.unwrap_or(1);");
        assert_eq!(rust.places("rand::").len(), 1);
        assert!(rust.places("unwrap").is_empty());
    }
}
