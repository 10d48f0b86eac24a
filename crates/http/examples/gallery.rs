//! Writes every page, drawn from sample data, and the assets they name, below the folder given as argument.

use http_floor::{assets, page::gallery};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("target/gallery"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let mut index = String::from("<!doctype html><html lang=en><meta charset=utf-8><title>Gallery</title><h1>Gallery</h1><ul>");
    for (name, html) in gallery::all() {
        fs::write(folder.join(format!("{name}.html")), html)?;
        index.push_str(&format!("<li><a href={name}.html>{name}</a></li>"));
    }
    fs::write(folder.join("index.html"), index)?;
    for name in ["app.css", "app.js", "theme.js"] {
        let url = assets::url(name);
        let Some(asset) = assets::get(url) else { continue };
        let path = folder.join(url.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, asset.bytes)?;
    }
    Ok(())
}
