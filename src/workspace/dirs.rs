//! Where the files are.

use std::ffi::OsString;
use std::path::PathBuf;

use super::WorkspaceError;

/// The two folders of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirs {
    /// Settings, drafts, sources, layout.
    pub config: PathBuf,
    /// What can be fetched again: descriptor sets that servers sent by reflection.
    pub cache: PathBuf,
}

impl Dirs {
    /// `$HOPLENS_CONFIG_DIR` (which holds the cache too), else the folders of the XDG Base Directory
    /// Specification, else those of the system.
    pub fn of_this_user() -> Result<Self, WorkspaceError> {
        Self::from_env(|name| std::env::var_os(name))
    }

    /// Both folders under one, as tests and portable installations want it.
    pub fn under(root: impl Into<PathBuf>) -> Self {
        let config = root.into();
        Self { cache: config.join("cache"), config }
    }

    fn from_env(read: impl Fn(&str) -> Option<OsString>) -> Result<Self, WorkspaceError> {
        let folder = |name: &str| read(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(root) = folder("HOPLENS_CONFIG_DIR") {
            return Ok(Self::under(root));
        }
        // The specification: a relative path in these variables is to be ignored.
        let absolute = |name: &str| folder(name).filter(|path| path.is_absolute());
        let home = folder("HOME").or_else(|| folder("USERPROFILE"));
        let in_home = |below: &str| home.as_ref().map(|home| home.join(below));
        let config = absolute("XDG_CONFIG_HOME").or_else(|| absolute("APPDATA"));
        let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("LOCALAPPDATA"));
        Ok(Self {
            config: config
                .or_else(|| in_home(".config"))
                .ok_or(WorkspaceError::NoHome)?
                .join("hoplens"),
            cache: cache
                .or_else(|| in_home(".cache"))
                .ok_or(WorkspaceError::NoHome)?
                .join("hoplens"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn own_folder_then_xdg_then_home() {
        let check = |vars: &[(&str, &str)], config: &str, cache: &str| {
            let read =
                |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
            let dirs = Dirs::from_env(read).unwrap();
            assert_eq!((dirs.config, dirs.cache), (config.into(), cache.into()), "{vars:?}");
        };
        check(&[("HOPLENS_CONFIG_DIR", "/a"), ("HOME", "/h")], "/a", "/a/cache");
        check(&[("XDG_CONFIG_HOME", "/c"), ("XDG_CACHE_HOME", "/k")], "/c/hoplens", "/k/hoplens");
        check(&[("HOME", "/h")], "/h/.config/hoplens", "/h/.cache/hoplens");
        check(
            &[("HOME", "/h"), ("XDG_CONFIG_HOME", "relative"), ("HOPLENS_CONFIG_DIR", "")],
            "/h/.config/hoplens",
            "/h/.cache/hoplens",
        );
        assert!(matches!(Dirs::from_env(|_| None), Err(WorkspaceError::NoHome)));
    }
}
