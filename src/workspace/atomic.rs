//! Files that are replaced in one step and put aside when they are broken.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes beside the file, flushes to the disk, then renames over it: whoever reads, or comes back after a
/// kill, finds the old text or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    create_private_folder(folder)?;
    let beside = beside(path);
    let written = write_flushed(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // The error that matters is the first one; what is left behind is swept at the next start.
        drop(fs::remove_file(&beside));
        return Err(error);
    }
    flush_folder(folder)
}

/// Renames a broken file to `NAME.broken-N` with the first free N, and says which name it got.
pub(super) fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = name_aside(path)?;
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// The same with a copy: the file itself stays where it is.
pub(super) fn copy_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = name_aside(path)?;
    fs::copy(path, &aside)?;
    Ok(aside)
}

fn name_aside(path: &Path) -> io::Result<PathBuf> {
    let named = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".broken-{n}"));
        PathBuf::from(name)
    };
    let aside = (1..=9_999).map(named).find(|candidate| !candidate.exists());
    aside.ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))
}

/// Removes what a killed process left half-written in the folder.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_string_lossy().contains(TEMPORARY);
        // A younger one may belong to a second Hoplens that is writing right now.
        let is_old = entry
            .metadata()
            .and_then(|meta| meta.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age.as_secs() > 60));
        if is_ours && is_old {
            drop(fs::remove_file(entry.path()));
        }
    }
}

const TEMPORARY: &str = ".hoplens-tmp-";

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    // Two processes, or two threads of one, must not write into each other's file.
    name.push(format!("{TEMPORARY}{}-{:08x}", std::process::id(), fastrand::u32(..)));
    PathBuf::from(name)
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// The rename itself lies in the folder; only Unix lets a folder be flushed.
fn flush_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_reader_sees_the_old_text_or_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.toml");
        let texts = ["a".repeat(200_000), "b".repeat(100_000)];
        replace(&path, texts[0].as_bytes()).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..20 {
                    replace(&path, texts[round % 2].as_bytes()).unwrap();
                }
                done.store(true, Ordering::Release);
            });
            while !done.load(Ordering::Acquire) {
                let seen = fs::read_to_string(&path).unwrap();
                assert!(texts.contains(&seen), "torn: {} bytes", seen.len());
            }
        });
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "temporary files stay behind: {left:?}");
    }

    #[test]
    fn broken_files_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drafts.toml");
        for n in 1..=3 {
            fs::write(&path, format!("broken {n}")).unwrap();
            let aside = put_aside(&path).unwrap();
            assert_eq!(aside, folder.path().join(format!("drafts.toml.broken-{n}")));
            assert_eq!(fs::read_to_string(aside).unwrap(), format!("broken {n}"));
            assert!(!path.exists());
        }
    }

    #[test]
    fn the_sweep_takes_only_old_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, age_secs: u64| {
            let path = folder.path().join(name);
            let at = std::time::SystemTime::now() - std::time::Duration::from_secs(age_secs);
            File::create(&path).unwrap().set_modified(at).unwrap();
            path
        };
        let old = file("drafts.toml.hoplens-tmp-1-00000001", 3_600);
        let young = file("drafts.toml.hoplens-tmp-2-00000002", 0);
        let kept = file("drafts.toml", 3_600);
        sweep(folder.path());
        assert_eq!((old.exists(), young.exists(), kept.exists()), (false, true, true));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_may_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drafts.toml");
        replace(&path, b"x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
