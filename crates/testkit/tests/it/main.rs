//! Plays every script of `scripts/`: in memory, and over ports where it can be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rstest::rstest;
use testkit::{Script, run_in_memory, run_over_ports};

/// What the scripts must show between them: the conversations of the four pages. (The rest of the
/// ids are about bytes, files on disk or operation, and are held up elsewhere.)
const SHOWN: &[&str] = &[
    "494-8", "494-9", "494-10", "494-11", "494-12", "494-13", "494-14", "494-15", "494-16",
    "494-17", "494-18", "494-19", "494-20", "494-21", "494-22", "494-23", "494-24", "494-25",
    "494-26", "494-27", "594-3", "594-4", "594-5", "594-6", "594-8", "594-9", "594-10", "594-11",
    "594-12", "594-13", "594-14", "594-15", "594-16", "594-17", "594-18", "594-19", "594-20",
    "594-21", "594-22", "594-23", "594-24", "594-25", "594-26", "CP-1", "CP-2", "CP-3", "CP-4",
    "CP-5", "CP-6", "CP-7", "CP-8", "CP-9", "CP-10", "CP-11", "CP-12", "CP-14", "CP-15", "CP-16",
    "HUB-1", "HUB-2", "HUB-3", "HUB-4", "HUB-5", "HUB-6", "HUB-8", "HUB-11",
];

fn read(path: &Path) -> Script {
    let source = std::fs::read_to_string(path).expect("a script can be read");
    match Script::parse(&source) {
        Ok(script) => script,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn all() -> Vec<(String, Script)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let entries = std::fs::read_dir(folder).expect("there are scripts");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut scripts: Vec<(String, Script)> = paths
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, read(&path))
        })
        .collect();
    scripts.sort_by(|a, b| a.0.cmp(&b.0));
    scripts
}

#[rstest]
fn in_memory(#[files("scripts/*.script")] path: PathBuf) {
    if let Err(failure) = run_in_memory(&read(&path)) {
        panic!("{}: {failure}", path.display());
    }
}

#[rstest]
fn over_the_ports(#[files("scripts/*.script")] path: PathBuf) {
    let script = read(&path);
    let result = run_over_ports(&script);
    match (&script.memory_only, result) {
        (None, Ok(())) => {}
        (None, Err(failure)) => panic!("{}: {failure}", path.display()),
        // Not applicable, and the runner says so itself.
        (Some(reason), result) => {
            let refused = result.expect_err("it is not played");
            assert!(refused.what.ends_with(reason.as_str()), "{refused}");
        }
    }
}

#[test]
fn the_scripts_show_what_they_should() {
    let scripts = all();
    assert!(scripts.len() >= 40, "{} scripts", scripts.len());
    let cited: BTreeSet<&str> = scripts
        .iter()
        .flat_map(|(_, script)| script.ids.iter().map(String::as_str))
        .collect();
    let missing: Vec<&&str> = SHOWN.iter().filter(|id| !cited.contains(**id)).collect();
    assert!(missing.is_empty(), "no script shows {missing:?}");
}

#[test]
fn what_is_not_played_over_ports_says_why() {
    let scripts = all();
    let kept: Vec<(&str, &str)> = scripts
        .iter()
        .filter_map(|(name, script)| Some((name.as_str(), script.memory_only.as_deref()?)))
        .collect();
    for (name, reason) in &kept {
        println!("memory only: {name}: {reason}");
        assert!(reason.len() > 10, "{name}");
    }
    assert!(
        kept.len() * 2 < scripts.len(),
        "most scripts are played twice"
    );
}
