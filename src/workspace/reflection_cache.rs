//! Descriptor sets that servers sent by reflection, so that a source opens while its server is down.

use std::fs;
use std::path::{Path, PathBuf};

use super::{WorkspaceError, atomic};

/// No schema that a person reads is larger.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Keeps what a target sent.
pub(super) fn save(cache: &Path, target: &str, set: &[u8]) -> Result<(), WorkspaceError> {
    let path = path(cache, target);
    atomic::replace(&path, set).map_err(|source| WorkspaceError::Write { path, source })
}

/// What a target sent last time.
pub(super) fn load(cache: &Path, target: &str) -> Option<Vec<u8>> {
    let path = path(cache, target);
    let is_sane = fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES);
    if is_sane { fs::read(path).ok() } else { None }
}

/// A file name that is legal everywhere and differs for targets that differ: letters of other cases and
/// everything that is no letter is escaped, and a long name ends in a hash of the whole.
fn path(cache: &Path, target: &str) -> PathBuf {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => char::from(byte).to_string(),
        other => format!("_{other:02x}"),
    };
    let mut name: String = target.bytes().map(escape).collect();
    if name.len() > 120 {
        let hash = fnv1a(target.as_bytes());
        name = format!("{name:.100}_{hash:016x}");
    }
    cache.join("reflection").join(format!("{name}.binpb"))
}

/// FNV-1a, 64 bits: the standard library's hashes may change between versions, and files stay.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_do_not_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(300);
        let targets =
            ["localhost:50051", "LOCALHOST:50051", "unix:/a/b", "unix:/a_b", "..", "", &long];
        for target in targets {
            assert_eq!(load(folder.path(), target), None, "{target}");
            save(folder.path(), target, target.as_bytes()).unwrap();
        }
        for target in targets {
            assert_eq!(load(folder.path(), target).as_deref(), Some(target.as_bytes()));
        }
        assert!(path(folder.path(), "../../etc").starts_with(folder.path().join("reflection")));
        assert_ne!(path(folder.path(), &long), path(folder.path(), &format!("{long}y")));
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
