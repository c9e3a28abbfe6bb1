//! What must hold for any bytes, one function per reader or writer.
//!
//! The targets in `fuzz/` call these with what a fuzzer makes up; the test below calls the same functions with what it
//! found and what real calls sent. Each panics where a law is broken.

mod chunked;
mod frames;
mod hpack;
mod http1;
mod laws;
mod pcapng;
mod proto;

pub use chunked::chunked;
pub use frames::frames;
pub use hpack::hpack;
pub use http1::http1;
pub use pcapng::pcapng;
pub use proto::proto;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::panic::catch_unwind;
    use std::path::Path;

    /// Bytes of a corpus; more are no longer a test that runs in a moment.
    const MOST: u64 = 200_000;

    #[test]
    fn what_fuzzing_found_holds() {
        let check = |name: &str, target: fn(&[u8])| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz").join(name);
            let (mut n_files, mut n_bytes) = (0, 0);
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                n_files += 1;
                n_bytes += bytes.len() as u64;
                assert!(catch_unwind(|| target(&bytes)).is_ok(), "{}", path.display());
            }
            assert!(n_files > 10, "{name} has {n_files} files");
            assert!(n_bytes <= MOST, "{name} has {n_bytes} bytes");
        };
        check("chunked", super::chunked);
        check("frames", super::frames);
        check("hpack", super::hpack);
        check("http1", super::http1);
        check("pcapng", super::pcapng);
        check("proto", super::proto);
    }

    #[test]
    fn nothing_at_all_holds() {
        let targets = [
            super::chunked,
            super::frames,
            super::hpack,
            super::http1,
            super::pcapng,
            super::proto,
        ];
        for target in targets {
            for len in 0..4 {
                target(&[0, 0, 0][..len.min(3)]);
                target(&[0xff; 3][..len.min(3)]);
            }
        }
    }
}
