//! Writing a file where the user wants it, as opposed to our own files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What to do when the file is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Leave it as it is, and say so.
    Refuse,
    /// Replace it, in one step.
    Replace,
}

/// Writes a text or bytes. The folder must exist. With [`Overwrite::Refuse`] a file that is there stays as it is, and
/// the error is [`io::ErrorKind::AlreadyExists`]. Blocking.
pub fn export(path: &Path, content: impl AsRef<[u8]>, overwrite: Overwrite) -> io::Result<()> {
    let content = content.as_ref();
    match overwrite {
        Overwrite::Refuse => create(path, content),
        Overwrite::Replace => {
            // Through a link to what it points at; a file that is new has nothing to follow.
            let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            let beside = beside(&path);
            create(&beside, content)?;
            if let Ok(old) = fs::metadata(&path) {
                fs::set_permissions(&beside, old.permissions())?;
            }
            fs::rename(&beside, &path).inspect_err(|_| drop(fs::remove_file(&beside)))
        }
    }
}

/// The file in which a proto of this name is kept: only its ending says that it is one.
pub fn proto_file(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|ending| ending == "proto") {
        return path.to_owned();
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".proto");
    path.with_file_name(name)
}

fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(path)))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:08x}", fastrand::u32(..)));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_replaced_when_asked_and_else_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.proto");
        export(&path, "one", Overwrite::Refuse).unwrap();
        let error = export(&path, "two", Overwrite::Refuse).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        export(&path, "three", Overwrite::Replace).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let nowhere = folder.path().join("no/such/folder.proto");
        assert!(export(&nowhere, "x", Overwrite::Replace).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.proto"), folder.path().join("link.proto"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        export(&link, "new", Overwrite::Replace).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
