//! `scratch.toml`, version 1: the protos that are no files yet, the ones that were closed last included.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Scratch, ScratchPlace};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default)]
    version: u32,
    #[serde(default, rename = "scratch")]
    scratches: Vec<Row>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Row {
    name: String,
    place: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roots: Vec<String>,
    text: String,
}

pub(super) fn write(scratches: &[Scratch]) -> Result<String, toml::ser::Error> {
    let scratches = scratches.iter().map(Row::from).collect();
    toml::to_string_pretty(&File { version: VERSION, scratches })
}

pub(super) fn read(text: &str) -> Result<Vec<Scratch>, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    Ok(file.scratches.into_iter().filter(|row| !row.name.is_empty()).map(Scratch::from).collect())
}

impl From<&Scratch> for Row {
    fn from(scratch: &Scratch) -> Self {
        Self {
            name: scratch.name.clone(),
            place: place_name(scratch.place).to_owned(),
            roots: scratch.roots.iter().map(|root| root.to_string_lossy().into_owned()).collect(),
            text: scratch.text.to_string(),
        }
    }
}

impl From<Row> for Scratch {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            text: row.text.into(),
            roots: row.roots.into_iter().map(PathBuf::from).collect(),
            place: place_from(&row.place),
        }
    }
}

const PLACES: [ScratchPlace; 4] =
    [ScratchPlace::Front, ScratchPlace::Tab, ScratchPlace::Source, ScratchPlace::Closed];

fn place_name(place: ScratchPlace) -> &'static str {
    match place {
        ScratchPlace::Front => "front",
        ScratchPlace::Tab => "tab",
        ScratchPlace::Source => "source",
        ScratchPlace::Closed => "closed",
    }
}

fn place_from(name: &str) -> ScratchPlace {
    PLACES.into_iter().find(|place| place_name(*place) == name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_typed_comes_back(text in "(\\PC|[\n\r\t\"'\\\\{}]){0,200}", place in 0_usize..4) {
            let scratches = [Scratch {
                name: "scratch-1.proto".to_owned(),
                text: text.as_str().into(),
                roots: vec!["/srv/protos".into()],
                place: PLACES[place],
            }];
            prop_assert_eq!(read(&write(&scratches).unwrap()).unwrap(), scratches);
        }
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let text = "version = 9\n[[scratch]]\nname = \"a.proto\"\nplace = \"moon\"\nlanguage = 3\n\
                    [[scratch]]\ntext = \"without a name\"\n";
        let scratches = read(text).unwrap();
        assert_eq!(scratches.len(), 1);
        assert_eq!((&*scratches[0].text, scratches[0].place), ("", ScratchPlace::Source));
        assert_eq!(read("").unwrap(), []);
    }
}
