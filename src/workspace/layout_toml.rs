//! `layout.toml`, version 1: the pane layout, a text that only the window understands.

use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default)]
    version: u32,
    #[serde(default)]
    panes: String,
}

pub(super) fn write(layout: &str) -> Result<String, toml::ser::Error> {
    toml::to_string_pretty(&File { version: VERSION, panes: layout.to_owned() })
}

pub(super) fn read(text: &str) -> Result<Option<String>, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    Ok(Some(file.panes).filter(|panes| !panes.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_comes_back() {
        let layout = "{\"root\": [1, 2],\n \"shares\": '0.5'}";
        assert_eq!(read(&write(layout).unwrap()).unwrap().as_deref(), Some(layout));
        assert_eq!(read("").unwrap(), None);
    }
}
