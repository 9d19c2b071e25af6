//! What is shipped to Lambda, in bytes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

/// A size as it is, and in a zip file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Size {
    /// Of all files.
    pub(crate) bytes: u64,
    /// Of all files, each deflated at the usual level, as in a zip file; without what the archive says about them.
    pub(crate) zipped: u64,
}

/// A writer that counts bytes and keeps nothing.
#[derive(Default)]
struct Counter(u64);

impl Size {
    /// Of files, and of all that is in folders.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut size = Self::default();
        for path in paths {
            size.add(path).with_context(|| format!("{} can't be read", path.display()))?;
        }
        Ok(size)
    }

    fn add(&mut self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return fs::read_dir(path)?.try_for_each(|entry| self.add(&entry?.path()));
        }
        let mut encoder = DeflateEncoder::new(Counter::default(), Compression::default());
        self.bytes += io::copy(&mut File::open(path)?, &mut encoder)?;
        self.zipped += encoder.finish()?.0;
        Ok(())
    }
}

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_added_up() {
        let folder = std::env::temp_dir().join(format!("bench-size-{}", std::process::id()));
        fs::create_dir_all(folder.join("in")).unwrap();
        fs::write(folder.join("in/zeros"), vec![0; 100_000]).unwrap();
        fs::write(folder.join("one"), "1").unwrap();
        let size = Size::of(&[folder.join("one"), folder.join("in")]).unwrap();
        assert_eq!(size.bytes, 100_001);
        assert!((50..1000).contains(&size.zipped), "{size:?}");
        assert!(Size::of(&[folder.join("none")]).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
