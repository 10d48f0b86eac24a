//! Writes every page, drawn from sample data, and the files they ask for, below the folder given as argument.

use http_floor::page::gallery;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("target/gallery"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let mut index =
        String::from("<!doctype html><html lang=en><meta charset=utf-8><title>Gallery</title><h1>Gallery</h1><ul>");
    for (name, html) in gallery::all() {
        fs::write(folder.join(format!("{name}.html")), html)?;
        index.push_str(&format!("<li><a href={name}.html>{name}</a></li>"));
    }
    fs::write(folder.join("index.html"), index)?;
    for (address, bytes) in gallery::files() {
        let path = folder.join(address.trim_start_matches('/'));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
