//! Rooms: the modules at the top of a crate. No room imports itself by way of others, so each can be read after those that
//! it imports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Room -> the rooms of the same crate that it names.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_room_imports_itself_by_way_of_others() {
    for folder in paths_in(&crates()) {
        let left = in_circles(imports(&folder.join("src")));
        assert!(left.is_empty(), "{} has a circle among {left:#?}", folder.display());
    }
}

#[test]
fn a_circle_is_seen() {
    let imports = imports(&crates().join("sign-in/src"));
    assert!(imports["creation"].contains("ledger") && !imports["ledger"].contains("creation"), "{imports:#?}");
    let imports = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "e"), ("e", "f")];
    let imports = imports.map(|(room, import)| (room.to_owned(), BTreeSet::from([import.to_owned()])));
    assert_eq!(in_circles(imports.into()).into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
}

/// Removes the rooms that import none of the others, again and again. The remaining rooms are in a circle, or import a
/// room of one.
fn in_circles(mut imports: Imports) -> Imports {
    while let Some(room) = imports.iter().find(|(_, named)| named.iter().all(|name| !imports.contains_key(name))) {
        let room = room.0.clone();
        imports.remove(&room);
    }
    imports
}

/// What the rooms in a `src` folder import, their tests left out.
fn imports(src: &Path) -> Imports {
    let mut imports = Imports::new();
    for path in paths_in(src) {
        let room = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if room != "lib" && room != "main" {
            let named = named_in(&path).into_iter().filter(|name| *name != room).collect::<Vec<_>>();
            imports.entry(room).or_default().extend(named);
        }
    }
    imports
}

/// What follows `crate::` in a file, or in all files of a folder.
fn named_in(path: &Path) -> Vec<String> {
    if path.file_stem().is_some_and(|name| name == "tests") {
        return Vec::new();
    }
    if path.is_dir() {
        return paths_in(path).iter().flat_map(|path| named_in(path)).collect();
    }
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let named = code.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
        Some(several) => several.split('}').next().unwrap_or_default().split(',').collect(),
        None => vec![rest],
    });
    let is_end = |character: char| character != '_' && !character.is_alphanumeric();
    named.filter_map(|name| name.trim().split(is_end).next()).map(str::to_owned).collect()
}

fn paths_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}
