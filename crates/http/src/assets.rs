//! The style sheet and the scripts, inside the binary. Their address holds a hash of their content, so that they may be cached for ever.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// What a request for an asset is answered with. Compressing it is the affair of the layer around.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub bytes: &'static [u8],
    pub content_type: &'static str,
}

struct Bundle {
    name: &'static str,
    url: String,
    text: String,
    content_type: &'static str,
}

/// In the order of the cascade: the first names the layers, later ones stand on earlier ones.
const STYLES: &[&str] = &[
    include_str!("../assets/css/reset.css"),
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/layout.css"),
    include_str!("../assets/css/icon.css"),
    include_str!("../assets/css/brand.css"),
    include_str!("../assets/css/page-head.css"),
    include_str!("../assets/css/button.css"),
    include_str!("../assets/css/badge.css"),
    include_str!("../assets/css/avatar.css"),
    include_str!("../assets/css/card.css"),
    include_str!("../assets/css/notice.css"),
    include_str!("../assets/css/field.css"),
    include_str!("../assets/css/toolbar.css"),
    include_str!("../assets/css/table.css"),
    include_str!("../assets/css/access.css"),
    include_str!("../assets/css/menu.css"),
    include_str!("../assets/css/tabs.css"),
    include_str!("../assets/css/dialog.css"),
    include_str!("../assets/css/empty.css"),
    include_str!("../assets/css/secret.css"),
    include_str!("../assets/css/mfa.css"),
    include_str!("../assets/css/meter.css"),
    include_str!("../assets/css/chart.css"),
    include_str!("../assets/css/docs.css"),
    include_str!("../assets/css/permission.css"),
    include_str!("../assets/css/matrix.css"),
    include_str!("../assets/css/utilities.css"),
];

const BEHAVIORS: &[&str] = &[
    include_str!("../assets/js/theme-choice.js"),
    include_str!("../assets/js/copy.js"),
    include_str!("../assets/js/countdown.js"),
    include_str!("../assets/js/dialog.js"),
    include_str!("../assets/js/filter.js"),
    include_str!("../assets/js/select.js"),
    include_str!("../assets/js/menu.js"),
    include_str!("../assets/js/preview.js"),
    include_str!("../assets/js/progress.js"),
    include_str!("../assets/js/form.js"),
    include_str!("../assets/js/narrow.js"),
    include_str!("../assets/js/passkey.js"),
    include_str!("../assets/js/print.js"),
    include_str!("../assets/js/save.js"),
    include_str!("../assets/js/strip.js"),
];

static BUNDLES: LazyLock<Vec<Bundle>> = LazyLock::new(|| {
    vec![
        Bundle::new("app.css", STYLES.concat(), "text/css; charset=utf-8"),
        Bundle::new("app.js", one_module(BEHAVIORS), "text/javascript; charset=utf-8"),
        Bundle::new(
            "theme.js",
            include_str!("../assets/js/theme.js").to_owned(),
            "text/javascript; charset=utf-8",
        ),
    ]
});

/// Each behaviour keeps its names to itself: a block is a scope.
fn one_module(behaviors: &[&str]) -> String {
    behaviors.iter().fold(String::new(), |mut module, behavior| {
        let _ = writeln!(module, "{{\n{behavior}}}");
        module
    })
}

impl Bundle {
    fn new(name: &'static str, text: String, content_type: &'static str) -> Self {
        let hash = Sha256::digest(text.as_bytes())
            .iter()
            .take(8)
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        Self {
            name,
            url: format!("/assets/{hash}/{name}"),
            text,
            content_type,
        }
    }
}

/// Where an asset is to be had, for templates. A name that does not exist gives an address that answers 404; a test keeps templates from that.
#[must_use]
pub fn url(name: &str) -> &'static str {
    BUNDLES
        .iter()
        .find(|bundle| bundle.name == name)
        .map_or("/assets/none", |bundle| bundle.url.as_str())
}

/// The asset at a path such as `/assets/0123456789abcdef/app.css`. An outdated hash finds nothing, lest a cache keep the wrong one for ever.
#[must_use]
pub fn get(path: &str) -> Option<Asset> {
    BUNDLES.iter().find(|bundle| bundle.url == path).map(|bundle| Asset {
        bytes: bundle.text.as_bytes(),
        content_type: bundle.content_type,
    })
}

#[cfg(test)]
mod tests {
    use super::{BUNDLES, get, url};
    use std::fs;
    use std::path::Path;

    fn templates(folder: &Path, texts: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                templates(&path, texts);
            } else {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_asset_a_template_names_exists() {
        let mut texts = Vec::new();
        templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut texts);
        let mut named = 0;
        for text in texts {
            for part in text.split("assets::url(\"").skip(1) {
                let name = part.split('"').next().unwrap();
                assert!(
                    BUNDLES.iter().any(|bundle| bundle.name == name),
                    "there is no asset {name}"
                );
                named += 1;
            }
        }
        assert!(named >= 3);
    }

    #[test]
    fn an_asset_is_found_under_its_own_address_only() {
        assert!(get(url("app.css")).is_some());
        assert!(get("/assets/0000000000000000/app.css").is_none());
    }

    #[test]
    fn nothing_in_a_template_needs_inline_style_or_script() {
        let mut texts = Vec::new();
        templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut texts);
        for text in texts {
            assert!(!text.contains(" style=\""), "an inline style in: {text}");
            assert!(!text.contains("<style"), "an inline style sheet in: {text}");
            assert!(!text.contains("<script>"), "an inline script in: {text}");
            assert!(!text.contains(" onclick="), "an inline handler in: {text}");
        }
    }
}
